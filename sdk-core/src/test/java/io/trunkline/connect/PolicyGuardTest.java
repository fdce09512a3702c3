package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.AddressPolicy;
import io.trunkline.testing.Background;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Only a policy that says so lets an address pass. */
class PolicyGuardTest {
  private static final InetSocketAddress ADDRESS = ScriptedDials.address(1);

  private static void assertDenied(AddressPolicy policy, String rule) {
    Throwable thrown =
        Background.thrownBy(() -> new PolicyGuard(policy).check(ScriptedDials.PLAIN, ADDRESS));
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    ConnectionFailure failure = (ConnectionFailure) thrown;
    assertThat(failure.kind()).isEqualTo(FailureKind.DENIED_BY_POLICY);
    assertThat(failure.endpoint()).contains(ScriptedDials.PLAIN);
    assertThat(failure.address()).contains(ADDRESS);
    assertThat(failure.details().note().orElseThrow()).contains(rule);
  }

  @Test
  void whatItRefusesIsDeniedWithItsRule() {
    assertDenied((endpoint, address) -> Optional.of("no such addresses"), "no such addresses");
  }

  @Test
  void aPolicyThatFailsLetsNothingPass() {
    assertDenied((endpoint, address) -> null, "returned null");
    assertDenied(
        (endpoint, address) -> {
          throw new IllegalStateException("a bug");
        },
        "the address policy failed");
  }

  @Test
  void whatItDoesNotRefusePasses() {
    PolicyGuard guard = new PolicyGuard((endpoint, address) -> Optional.empty());
    assertThatCode(() -> guard.check(ScriptedDials.PLAIN, ADDRESS)).doesNotThrowAnyException();
  }
}
