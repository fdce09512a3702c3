package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trunkline.net.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Hosts that an endpoint may have, most of them near to literals; repeatable by their number. */
class LiteralFuzzTest {
  private static final int HOSTS = 100_000;
  private static final String[] PIECES = {
    "0",
    "1",
    "9",
    "00",
    "255",
    "256",
    "127",
    "7f",
    "ffff",
    "10000",
    ".",
    ":",
    "::",
    "%",
    "-",
    "_",
    "lo",
    "eth0",
    "%25",
    "99999999999",
    "64:ff9b::",
    "2002:",
    "x"
  };

  @Test
  void everyHostIsALiteralANameUnknownAtOnceOrNone() {
    Random random = new Random(11);
    int literals = 0;
    int names = 0;
    int unknown = 0;
    int refused = 0;
    for (int i = 0; i < HOSTS; i++) {
      StringBuilder host = new StringBuilder();
      for (int left = 1 + random.nextInt(9); left > 0; left--) {
        host.append(PIECES[random.nextInt(PIECES.length)]);
      }
      Endpoint endpoint;
      try {
        endpoint = Endpoint.tcp(host.toString(), 80);
      } catch (IllegalArgumentException noHost) {
        refused++;
        continue;
      }
      try {
        Optional<InetAddress> literal = Literal.of(endpoint.host());
        if (literal.isPresent()) {
          literals++;
          // One that was read from a name would know it.
          assertThat(literal.get().toString()).startsWith("/");
        } else {
          names++;
          assertThat(endpoint.host()).doesNotContain(":");
        }
      } catch (UnknownHostException notHere) {
        unknown++;
      } catch (RuntimeException | AssertionError broken) {
        fail("host " + i + ", \"" + host + "\"", broken);
      }
    }
    assertThat(literals).isGreaterThan(1_000);
    assertThat(names).isGreaterThan(1_000);
    assertThat(unknown).isGreaterThan(1_000);
    assertThat(refused).isGreaterThan(1_000);
  }
}
