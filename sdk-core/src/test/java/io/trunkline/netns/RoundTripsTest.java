package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
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

  static Stream<Arguments> linesAndTransports() {
    return Stream.of(20, 80)
        .flatMap(
            millis ->
                Stream.of(TransportMode.NATIVE, TransportMode.JDK)
                    .map(transport -> Arguments.of(millis, transport)));
  }

  @ParameterizedTest
  @ValueSource(strings = {Lab.SERVER4, Lab.SERVER6})
  void theLineHoldsPacketsAsLongAsItIsTold(String host) {
    try (DelayedPair pair = DelayedPair.open(Duration.ofMillis(20))) {
      pair.inServer(PeerMain.class);
      Child client = pair.inClient(TripMain.class);

      long micros = micros(client, "connect %d %s %d".formatted(ATTEMPTS, host, PORT));

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
      Trips trips = new Trips(pair, transport);

      trips.assertRoundTrips(2, "fresh", "new TCP connection", "tcp://" + Lab.SERVER4 + ":" + PORT);
      trips.assertRoundTrips(1, "leased", "leased TCP", "tcp://" + Lab.SERVER4 + ":" + PORT);
    }
  }

  /** A client that measures, and what its figures must be. */
  private record Trips(DelayedPair pair, TransportMode transport, Child client) {
    Trips(DelayedPair pair, TransportMode transport) {
      this(pair, transport, pair.inClient(TripMain.class));
    }

    /** Fails if it is another number; light is not faster, and this machine not that slow. */
    void assertRoundTrips(int expected, String command, String what, String endpoint) {
      long micros = micros(client, "%s %d %s %s".formatted(command, ATTEMPTS, transport, endpoint));
      double trips = (double) micros / TimeUnit.NANOSECONDS.toMicros(pair.roundTrip().toNanos());
      System.out.printf(
          Locale.ROOT,
          "%s: %.2f RTT (of %d ms, %s transport)%n",
          what,
          trips,
          pair.roundTrip().toMillis(),
          transport.name().toLowerCase(Locale.ROOT));
      assertThat(trips)
          .as("%s; %s", what, pair.counts())
          .isBetween(expected - 0.01, expected + 0.5);
    }
  }

  private static long micros(Child client, String command) {
    Outcome outcome = Outcome.parse(client.ask(command));
    assertThat(outcome.isOk()).as("%s: %s", command, outcome).isTrue();
    return outcome.number("micros");
  }
}
