package io.trunkline.spring.http;

import java.lang.ref.WeakReference;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/**
 * The SSL bundles of request factories, which are given other clients when a bundle is updated.
 * Settings of a client hold a bundle, not its name, and go on to hold it after its update: here is
 * known which name it has. Each has one {@link BundleTls}, so that clients share connections.
 * Thread-safe.
 */
final class FollowedBundles {
  private static final Logger LOG = LoggerFactory.getLogger(FollowedBundles.class);

  private final SslBundles bundles;

  /** Guards all below, and that a factory gets the clients of a bundle in their order. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<SslBundle, String> names = new WeakHashMap<>();
  private final Map<String, BundleTls> named = new HashMap<>();
  private final Map<SslBundle, BundleTls> nameless = new WeakHashMap<>();
  private final List<Follower> followers = new ArrayList<>();

  /** Has a factory make its requests by another client. It must not hold the factory. */
  @FunctionalInterface
  interface Renewal {
    void apply(OkHttpRequestFactory factory, BundleTls tls);
  }

  private record Follower(
      String bundle, WeakReference<OkHttpRequestFactory> factory, Renewal renewal) {
    boolean isGone() {
      return factory.get() == null;
    }
  }

  FollowedBundles(SslBundles bundles) {
    this.bundles = bundles;
    bundles.addBundleRegisterHandler(this::remember);
    for (String name : bundles.getBundleNames()) {
      remember(name, bundles.getBundle(name));
    }
  }

  private void remember(String name, SslBundle bundle) {
    lock.lock();
    try {
      names.put(bundle, name);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Applies the bundle to a factory as it is now, and again with each update for as long as anybody
   * else holds the factory.
   *
   * @throws IllegalStateException if the bundle cannot be used
   */
  void follow(SslBundle bundle, OkHttpRequestFactory factory, Renewal renewal) {
    lock.lock();
    try {
      followers.removeIf(Follower::isGone);
      String name = nameOf(bundle);
      if (name == null) {
        renewal.apply(factory, nameless.computeIfAbsent(bundle, FollowedBundles::usable));
        return;
      }
      BundleTls known = named.get(name);
      if (known == null) {
        known = usable(bundles.getBundle(name));
        named.put(name, known);
        bundles.addBundleUpdateHandler(name, updated -> update(name, updated));
      }
      renewal.apply(factory, known);
      followers.add(new Follower(name, new WeakReference<>(factory), renewal));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Null if it has none. An update that nobody has followed brings a bundle that is not known yet,
   * and that whoever asks for it by its name is given.
   */
  private String nameOf(SslBundle bundle) {
    String known = names.get(bundle);
    if (known != null) {
      return known;
    }
    for (String each : bundles.getBundleNames()) {
      if (bundles.getBundle(each) == bundle) {
        names.put(bundle, each);
        return each;
      }
    }
    return null;
  }

  private static BundleTls usable(SslBundle bundle) {
    try {
      return BundleTls.of(bundle);
    } catch (GeneralSecurityException unusable) {
      throw new IllegalStateException(
          "the SSL bundle of an HTTP client cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private void update(String name, SslBundle updated) {
    lock.lock();
    try {
      BundleTls tls = BundleTls.of(updated);
      names.put(updated, name);
      named.put(name, tls);
      followers.removeIf(Follower::isGone);
      for (Follower each : followers) {
        OkHttpRequestFactory factory = each.factory().get();
        if (factory != null && each.bundle().equals(name)) {
          each.renewal().apply(factory, tls);
        }
      }
    } catch (GeneralSecurityException | RuntimeException unusable) {
      LOG.warn(
          "SSL bundle {} was updated, but cannot be used; HTTP clients go on with what it was"
              + " before",
          name,
          unusable);
      return;
    } finally {
      lock.unlock();
    }
    LOG.info("SSL bundle {} was updated: requests of HTTP clients use it from now on", name);
  }

  /** How many factories are told of updates. */
  int followers() {
    lock.lock();
    try {
      followers.removeIf(Follower::isGone);
      return followers.size();
    } finally {
      lock.unlock();
    }
  }
}
