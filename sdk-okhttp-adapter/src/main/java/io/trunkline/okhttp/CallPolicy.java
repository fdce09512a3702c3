package io.trunkline.okhttp;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What one client may connect to, beside what the manager lets pass. Two are equal if their rules
 * are.
 *
 * @param rules of the client
 */
record CallPolicy(AddressPolicy rules) {
  /** Leaves it to the manager. */
  static final CallPolicy NONE = new CallPolicy(AddressPolicy.any());

  boolean isNone() {
    return equals(NONE);
  }

  /** Throws what refuses the address. OkHttp dials only what it has looked up. */
  void check(Endpoint endpoint, Optional<InetSocketAddress> address) throws IOException {
    if (isNone()) {
      return;
    }
    if (address.isEmpty()) {
      throw denied(endpoint, null, "not a single address, as the policy needs it", null);
    }
    Optional<String> refusal;
    try {
      refusal = rules.refusal(endpoint, address.get());
    } catch (RuntimeException failed) {
      throw denied(endpoint, address.get(), "the address policy failed: " + failed, failed);
    }
    if (refusal == null || refusal.isPresent()) {
      String rule = refusal == null ? "the address policy returned null" : refusal.get();
      throw denied(endpoint, address.get(), rule, null);
    }
  }

  private static IOException denied(
      Endpoint endpoint, InetSocketAddress address, String rule, Throwable cause) {
    return Failures.exception(
        FailureDetails.of(FailureKind.DENIED_BY_POLICY, FailurePhase.CONNECT)
            .withEndpoint(endpoint)
            .withAddress(address)
            .withNote(rule),
        cause);
  }
}
