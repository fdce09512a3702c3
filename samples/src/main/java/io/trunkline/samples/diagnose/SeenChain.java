package io.trunkline.samples.diagnose;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** The certificates that a server showed last. Thread-safe. */
final class SeenChain {
  private final AtomicReference<List<X509Certificate>> chain = new AtomicReference<>(List.of());

  void set(List<X509Certificate> shown) {
    chain.set(shown);
  }

  /** Empty if none was shown since the last time. */
  List<X509Certificate> take() {
    return chain.getAndSet(List.of());
  }
}
