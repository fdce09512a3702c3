package io.trunkline.transport.tls;

import io.trunkline.failure.ExplainingTrustManager;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * {@link SSLContext#getDefault}, and where nobody has changed that, one that trusts the same and
 * tells more when it does not. Made when it is first wanted, since reading the roots takes time.
 */
final class DefaultContext {
  private final ReentrantLock making = new ReentrantLock();
  private SSLContext made; // guarded by making

  SSLContext get() throws GeneralSecurityException {
    making.lock();
    try {
      SSLContext present = SSLContext.getDefault();
      if (!isTheJdks(present)) {
        return present;
      }
      if (made == null) {
        made = explaining();
      }
      return made;
    } finally {
      making.unlock();
    }
  }

  /** Whether it has no keys, and the trust of the default trust manager factory. */
  private static boolean isTheJdks(SSLContext context) {
    return context.getProtocol().equals("Default")
        && System.getProperty("javax.net.ssl.keyStore") == null;
  }

  private static SSLContext explaining() throws GeneralSecurityException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init((KeyStore) null); // the JDK's roots, or javax.net.ssl.trustStore
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, ExplainingTrustManager.wrap(trust.getTrustManagers()), null);
    return context;
  }
}
