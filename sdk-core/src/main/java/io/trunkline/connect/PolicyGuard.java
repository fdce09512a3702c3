package io.trunkline.connect;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Lets pass what an {@link AddressPolicy} lets pass; nothing where the policy itself fails. */
public final class PolicyGuard implements AddressGuard {
  private final AddressPolicy policy;

  public PolicyGuard(AddressPolicy policy) {
    this.policy = policy;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IOException of kind {@link FailureKind#DENIED_BY_POLICY}, with the rule in its note
   */
  @Override
  public void check(Endpoint endpoint, InetSocketAddress address) throws IOException {
    Optional<String> refusal;
    try {
      refusal = policy.refusal(endpoint, address);
    } catch (RuntimeException failed) {
      throw denied(
          endpoint, address, "the address policy failed: " + Failures.safeText(failed), failed);
    }
    if (refusal == null) {
      throw denied(endpoint, address, "the address policy returned null", null);
    }
    if (refusal.isPresent()) {
      throw denied(endpoint, address, refusal.get(), null);
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
