package io.trunkline.spring.http;

import io.trunkline.LayeredSSLSocketFactory;
import io.trunkline.failure.ExplainingTrustManager;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionSpec;
import okhttp3.OkHttpClient;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;

/** What one SSL bundle means for OkHttp. */
final class BundleTls {
  private final SSLSocketFactory sockets;
  private final X509TrustManager trust;
  private final SslOptions options;

  private BundleTls(SSLSocketFactory sockets, X509TrustManager trust, SslOptions options) {
    this.sockets = sockets;
    this.trust = trust;
    this.options = options;
  }

  /** As the bundle would make it, but with failures that tell of the certificate. */
  static BundleTls of(SslBundle bundle) throws GeneralSecurityException {
    TrustManager[] managers = bundle.getManagers().getTrustManagers();
    if (managers == null) {
      TrustManagerFactory platform =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      platform.init((KeyStore) null);
      managers = platform.getTrustManagers();
    }
    TrustManager[] explaining = ExplainingTrustManager.wrap(managers);
    X509TrustManager trust =
        Arrays.stream(explaining)
            .filter(X509TrustManager.class::isInstance)
            .map(X509TrustManager.class::cast)
            .findFirst()
            .orElseThrow(() -> new GeneralSecurityException("the bundle has no X509TrustManager"));
    SSLContext context = SSLContext.getInstance(bundle.getProtocol());
    context.init(bundle.getManagers().getKeyManagers(), explaining, null);
    return new BundleTls(
        new LayeredSSLSocketFactory(context.getSocketFactory()), trust, bundle.getOptions());
  }

  /**
   * @param specs of the client that the builder is derived from
   */
  void applyTo(OkHttpClient.Builder builder, List<ConnectionSpec> specs) {
    builder.sslSocketFactory(sockets, trust).connectionSpecs(withOptions(specs));
  }

  private List<ConnectionSpec> withOptions(List<ConnectionSpec> specs) {
    List<ConnectionSpec> changed = new ArrayList<>(specs.size());
    for (ConnectionSpec each : specs) {
      changed.add(each.isTls() ? withOptions(each) : each);
    }
    return changed;
  }

  private ConnectionSpec withOptions(ConnectionSpec spec) {
    ConnectionSpec.Builder changed = new ConnectionSpec.Builder(spec);
    if (options != null && options.getCiphers() != null) {
      changed.cipherSuites(options.getCiphers());
    }
    if (options != null && options.getEnabledProtocols() != null) {
      changed.tlsVersions(options.getEnabledProtocols());
    }
    return changed.build();
  }
}
