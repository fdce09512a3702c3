package io.trunkline.failure;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides as another trust manager does, and lets a failure tell why: the dates, names and issuers
 * of the certificates it rejected. For an {@link javax.net.ssl.SSLContext} of one's own:
 *
 * <pre>{@code
 * context.init(keys, ExplainingTrustManager.wrap(factory.getTrustManagers()), null);
 * }</pre>
 *
 * <p>Thread-safe if the other one is.
 */
public final class ExplainingTrustManager extends X509ExtendedTrustManager {
  private final X509ExtendedTrustManager delegate;

  private ExplainingTrustManager(X509ExtendedTrustManager delegate) {
    this.delegate = delegate;
  }

  /**
   * Wraps those that are {@link X509ExtendedTrustManager}s, as all of the JDK's are. Others stay as
   * they are, since JSSE itself checks the host name for them, and would not for a wrapped one.
   */
  public static TrustManager[] wrap(TrustManager... managers) {
    TrustManager[] wrapped = managers.clone();
    for (int i = 0; i < wrapped.length; i++) {
      if (wrapped[i] instanceof X509ExtendedTrustManager extended
          && !(extended instanceof ExplainingTrustManager)) {
        wrapped[i] = new ExplainingTrustManager(extended);
      }
    }
    return wrapped;
  }

  @FunctionalInterface
  private interface Check {
    void run() throws CertificateException;
  }

  private void explained(X509Certificate[] chain, String authType, Check check)
      throws CertificateException {
    try {
      check.run();
    } catch (CertificateException rejected) {
      throw new CertificateRejectedException(
          rejected, chain, isNameMismatch(chain, authType, rejected));
    }
  }

  /** The same check without a connection, and so without a name to compare. */
  private boolean isNameMismatch(
      X509Certificate[] chain, String authType, CertificateException rejected) {
    if (CertificateFailures.isOfThePath(rejected)) {
      return false;
    }
    try {
      delegate.checkServerTrusted(chain, authType);
      return true;
    } catch (CertificateException notForItsName) {
      return false;
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    explained(chain, authType, () -> delegate.checkServerTrusted(chain, authType, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    explained(chain, authType, () -> delegate.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    delegate.checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    delegate.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    delegate.checkClientTrusted(chain, authType, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    delegate.checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return delegate.getAcceptedIssuers();
  }
}
