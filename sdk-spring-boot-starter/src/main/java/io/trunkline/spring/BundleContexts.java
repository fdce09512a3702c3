package io.trunkline.spring;

import io.trunkline.failure.ExplainingTrustManager;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/**
 * One SSLContext for each SSL bundle, so that sessions can be resumed, until the bundle is updated:
 * then another. Thread-safe.
 */
final class BundleContexts {
  private static final Logger LOG = LoggerFactory.getLogger(BundleContexts.class);

  private final SslBundles bundles;
  private final Map<String, SSLContext> contexts = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

  BundleContexts(SslBundles bundles) {
    this.bundles = bundles;
  }

  /** The context of a bundle that {@link #use} was called for. Does not block. */
  SSLContext of(String bundle) {
    return contexts.get(bundle);
  }

  /** Told the name of each bundle whose context has changed. */
  void onChange(Consumer<String> listener) {
    listeners.add(listener);
  }

  /**
   * Makes the context of a bundle, and follows its updates.
   *
   * @param property which names the bundle
   * @return the bundle as it is now
   */
  SslBundle use(String bundle, String property) {
    SslBundle found;
    try {
      found = bundles.getBundle(bundle);
    } catch (NoSuchSslBundleException unknown) {
      throw new InvalidPropertyException(
          property,
          bundle,
          "names an SSL bundle that does not exist; those that do are "
              + bundles.getBundleNames().stream().sorted().toList(),
          "Define the bundle as spring.ssl.bundle.pem."
              + bundle
              + " or spring.ssl.bundle.jks."
              + bundle
              + ", or name another.",
          unknown);
    }
    if (!contexts.containsKey(bundle)) {
      try {
        contexts.put(bundle, context(found));
      } catch (GeneralSecurityException | RuntimeException unusable) {
        throw new InvalidPropertyException(
            property,
            bundle,
            "names an SSL bundle that cannot be used: " + unusable.getMessage(),
            "Look at the keys and certificates of the bundle.",
            unusable);
      }
      bundles.addBundleUpdateHandler(bundle, updated -> renew(bundle, updated));
    }
    return found;
  }

  private void renew(String bundle, SslBundle updated) {
    try {
      contexts.put(bundle, context(updated));
    } catch (GeneralSecurityException | RuntimeException unusable) {
      LOG.warn(
          "SSL bundle {} was updated, but cannot be used; connections go on with what it was before",
          bundle,
          unusable);
      return;
    }
    LOG.info("SSL bundle {} was updated: new connections use it, the others are drained", bundle);
    listeners.forEach(each -> each.accept(bundle));
  }

  /** As the bundle would make it, but with failures that tell of the certificate. */
  private static SSLContext context(SslBundle bundle) throws GeneralSecurityException {
    TrustManager[] trust = bundle.getManagers().getTrustManagers();
    SSLContext context = SSLContext.getInstance(bundle.getProtocol());
    context.init(
        bundle.getManagers().getKeyManagers(),
        trust == null ? null : ExplainingTrustManager.wrap(trust),
        null);
    return context;
  }
}
