package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How many round trips a caller pays before the first byte of an answer, counted over a line with a
 * true delay. What is measured beyond a whole number is work of this machine.
 */
@NeedsNamespaces
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RoundTripsTest {
  private static final int ATTEMPTS = 12;

  private static final int PORT = PeerMain.FIRST_ECHO;
  private static final int TLS_PORT = 7443;
  private static final String PLAIN = "tcp://" + Lab.SERVER4 + ":" + PORT;
  private static final String TLS = "tls://" + Lab.SERVER4 + ":" + TLS_PORT;

  static Stream<Arguments> linesAndTransports() {
    return Stream.of(
        Arguments.of(20, TransportMode.NATIVE),
        Arguments.of(80, TransportMode.NATIVE),
        Arguments.of(20, TransportMode.JDK));
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.SERVER4, Lab.SERVER6})
  void theLineHoldsPacketsAsLongAsItIsTold(String host) {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMillis(20))) {
      pair.inServer(PeerMain.class);
      Child client = pair.inClient(TripMain.class);

      Outcome outcome =
          Outcome.parse(client.ask("connect %d %s %d".formatted(ATTEMPTS, host, PORT)));
      assertThat(outcome.isOk()).as("%s", outcome).isTrue();
      long micros = outcome.number("micros");

      System.out.printf(
          Locale.ROOT, "connect(2) to %s over a line of 20 ms: %d µs%n", host, micros);
      assertThat(micros).as("%s", pair.counts()).isBetween(18_000L, 22_000L);
    }
  }

  @ParameterizedTest
  @MethodSource("linesAndTransports")
  void plainConnectionsPayTwoRoundTripsOnceAndThenOne(int millis, TransportMode transport) {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMillis(millis))) {
      pair.inServer(PeerMain.class);
      Trips trips = new Trips(pair, pair.inClient(TripMain.class), transport, FastOpen.OFF);

      trips.assertNew(2, "TCP connection", PLAIN);
      trips.assertLeased(1, "TCP connection", PLAIN);
    }
  }

  @ParameterizedTest
  @MethodSource("linesAndTransports")
  void tlsPaysThreeRoundTripsOnceAndThenOne(
      int millis, TransportMode transport, @TempDir Path folder) throws Exception {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMillis(millis))) {
      Trips trips = new Trips(pair, tlsClient(pair, folder), transport, FastOpen.OFF);

      trips.assertNew(3, "TLS 1.3 connection", TLS);
      trips.assertLeased(1, "TLS 1.3 connection", TLS);
    }
  }

  /** The best is one that had a cookie; the first one of all gets it. */
  @ParameterizedTest
  @ValueSource(ints = {20, 80})
  void fastOpenSavesOneRoundTrip(int millis, @TempDir Path folder) throws Exception {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMillis(millis))) {
      pair.allowFastOpen();
      pair.inServer(PeerMain.class);
      Child client = tlsClient(pair, folder);
      try (SynCounter plain = SynCounter.of(pair.client(), PORT);
          SynCounter tls = SynCounter.of(pair.client(), TLS_PORT)) {
        Trips ofPlain = new Trips(pair, client, TransportMode.NATIVE, FastOpen.IDEMPOTENT_DATA);
        Trips ofTls = new Trips(pair, client, TransportMode.NATIVE, FastOpen.TLS_ONLY);

        assertInSyn(ofPlain.assertNew(1, "TCP connection with Fast Open", PLAIN), plain);
        assertInSyn(ofTls.assertNew(2, "TLS 1.3 connection with Fast Open", TLS), tls);
      }
    }
  }

  /** All but the first at most: what the kernel says of each connection, and what was sent. */
  private static void assertInSyn(Outcome outcome, SynCounter syns) {
    long attempts = outcome.number("attempts");
    assertThat(outcome.number("inSyn")).as("%s", outcome).isBetween(attempts - 1, attempts);
    assertThat(syns.withData()).isEqualTo(outcome.number("inSyn"));
    assertThat(syns.dials()).isEqualTo(attempts);
    assertThat(syns.syns()).isEqualTo(attempts);
  }

  /** A server that speaks TLS, and a client that trusts it. */
  private static Child tlsClient(DelayedPair pair, Path folder) throws Exception {
    Certificate certificate = Certificate.in(folder);
    String file = certificate.file().toString();
    pair.inServer(TlsEchoMain.class, Integer.toString(TLS_PORT), file, Certificate.PASSWORD);
    return pair.inClient(certificate.trust(), TripMain.class);
  }
}
