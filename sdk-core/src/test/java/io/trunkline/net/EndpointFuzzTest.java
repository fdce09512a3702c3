package io.trunkline.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Texts as users, files and attackers give them. Each is an endpoint, or an
 * IllegalArgumentException that shows it without the secrets in it; repeatable by the number of the
 * text.
 */
class EndpointFuzzTest {
  private static final int TEXTS = 60_000;
  private static final String SECRET = "s3cr3t";

  private static final List<String> SCHEMES =
      List.of("", "", "", "tcp://", "tls://", "TLS://", "https://", "tls:", "//", "tls://tls://");
  private static final List<String> USERS =
      List.of(
          "",
          "",
          "",
          SECRET + "@",
          "user:" + SECRET + "@",
          "user:" + SECRET + "@" + SECRET + "@",
          ":" + SECRET + "/?#@",
          "u%40:" + SECRET + "@");
  private static final List<String> HOSTS =
      List.of(
          "",
          ".",
          "..",
          "-",
          "_",
          "%",
          "*",
          "localhost",
          "EXAMPLE.com",
          "example.com.",
          "a..b",
          "m\u00fcnchen.example",
          "xn--mnchen-3ya.example",
          "\u4f8b\u3048.\u30c6\u30b9\u30c8",
          "\uff11\uff12\uff17.0.0.1",
          "127\u30020\u30020\u30021",
          "\u0661\u0662",
          "\ud83d",
          "127.0.0.1",
          "0177.0.0.1",
          "0x7f.1",
          "2130706433",
          "256.256.256.256",
          "::",
          "[::]",
          "[::1]",
          "[[::1]]",
          "[::1",
          "::1]",
          "[]",
          "[host]",
          "[fe80::1%eth0]",
          "[fe80::1%25eth0]",
          "[::ffff:127.0.0.1]",
          "host name",
          "host\tname",
          "host\r\nSet-Cookie: a=b",
          "host\u2028name",
          "host\u0000",
          "\u202ehost",
          "x".repeat(253),
          "x".repeat(254),
          "y".repeat(5_000));
  private static final List<String> PORTS =
      List.of(
          "",
          ":",
          ":1",
          ":80",
          ":080",
          ":65535",
          ":65536",
          ":0",
          ":-1",
          ":+80",
          ": 80",
          ":80 ",
          ":8 0",
          ":\u0668\u0660",
          ":\uff18\uff10",
          ":4294967376",
          ":99999999999999999999",
          ":0x50",
          ":http",
          ":80:80",
          ":80\n");
  private static final List<String> RESTS =
      List.of(
          "",
          "",
          "",
          "",
          "/",
          "/" + SECRET,
          "?token=" + SECRET,
          "/?token=" + SECRET + "@",
          "#" + SECRET,
          ";" + SECRET,
          "\\" + SECRET,
          "/a@b?token=" + SECRET);

  private final Random random = new Random(7);
  private long accepted;
  private long refused;

  @Test
  void everyTextIsAnEndpointOrARefusalThatShowsItWithoutItsSecrets() {
    for (int i = 0; i < TEXTS; i++) {
      String user = one(USERS);
      String host = mutated(one(HOSTS));
      String rest = one(RESTS);
      String text = one(SCHEMES) + user + host + mutated(one(PORTS)) + rest;
      int port = random.nextInt(4) == 0 ? random.nextInt() : 1 + random.nextInt(65_535);
      try {
        check(text, () -> Endpoint.parse(text));
        check(user + host + rest, () -> Endpoint.tcp(user + host + rest, port));
        check(user + host + rest, () -> Endpoint.tls(user + host + rest, port));
      } catch (RuntimeException | AssertionError broken) {
        fail("text " + i + ", \"" + text + "\", port " + port, broken);
      }
    }
    // The texts must have come to both, else they prove nothing.
    assertThat(accepted).isGreaterThan(4_000);
    assertThat(refused).isGreaterThan(4_000);
  }

  private void check(String given, Supplier<Endpoint> make) {
    Endpoint endpoint;
    try {
      endpoint = make.get();
    } catch (IllegalArgumentException refusal) {
      refused++;
      checkRefusal(given, refusal);
      return;
    }
    accepted++;
    assertThat(endpoint.port()).isBetween(1, 65_535);
    assertThat(endpoint.host())
        .matches("[a-z0-9.\\-_:%]{1,253}")
        .isEqualTo(endpoint.host().toLowerCase(Locale.ROOT))
        .doesNotContain(SECRET);
    assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
  }

  private static void checkRefusal(String given, IllegalArgumentException refusal) {
    assertThat(refusal).isExactlyInstanceOf(IllegalArgumentException.class).hasNoCause();
    String message = refusal.getMessage();
    assertThat(message).matches("(host|port|endpoint) must .+, but was .+");
    assertThat(message.length()).isLessThan(500 + 6 * 300);
    assertThat(message).doesNotContain(SECRET);
    assertThat(message.chars().anyMatch(Character::isISOControl)).as("one line").isFalse();
    boolean plain = given.matches("[a-zA-Z0-9.:\\[\\]]{1,253}");
    if (plain && message.startsWith("endpoint")) {
      assertThat(message).contains("\"" + given + "\"");
    } else if (plain && message.startsWith("host")) {
      String shown = message.substring(message.indexOf('"') + 1, message.lastIndexOf('"'));
      assertThat(given).contains(shown);
    }
  }

  private String one(List<String> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** Now and then with a character more, less or changed. */
  private String mutated(String text) {
    if (text.isEmpty() || random.nextInt(3) > 0) {
      return text;
    }
    int at = random.nextInt(text.length());
    String with =
        String.valueOf(
            (char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(65_536)));
    if ("@/?#;&\\".contains(with)) {
      return text; // these say where a secret is, and stand where they are put on purpose
    }
    return switch (random.nextInt(3)) {
      case 0 -> text.substring(0, at) + with + text.substring(at);
      case 1 -> text.substring(0, at) + text.substring(at + 1);
      default -> text.substring(0, at) + with + text.substring(at + 1);
    };
  }
}
