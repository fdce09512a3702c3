package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import java.util.Locale;

/** A {@link TripMain} behind a line with a delay, and what its figures must be. */
record Trips(DelayedPair pair, Child client, TransportMode transport, FastOpen fastOpen) {
  /** Of all attempts of a kind together: TLS is compiled code only after some tens of them. */
  private static final int ATTEMPTS_MILLIS = 2_500;

  private static final int MOST_ATTEMPTS = 40;

  /** Work of this machine, in parts of a round trip: beyond it there would be one more. */
  private static final double WORK = 0.8;

  /** Measures new connections; each answer and count is printed. */
  Outcome assertNew(int roundTrips, String what, String endpoint) {
    return assertRoundTrips(roundTrips, "fresh", "new " + what, endpoint);
  }

  Outcome assertLeased(int roundTrips, String what, String endpoint) {
    return assertRoundTrips(roundTrips, "leased", "leased " + what, endpoint);
  }

  /** Fails if it is another number: light is not faster, and this machine not that slow. */
  private Outcome assertRoundTrips(int expected, String command, String what, String endpoint) {
    long roundTripMicros = pair.roundTrip().toNanos() / 1_000;
    long attempts =
        Math.min(MOST_ATTEMPTS, ATTEMPTS_MILLIS * 1_000L / (expected * roundTripMicros));
    long enoughMicros = (long) ((expected + WORK) * roundTripMicros);
    String line =
        "%s %d %s %s %s %d"
            .formatted(command, attempts, transport, endpoint, fastOpen.name(), enoughMicros);
    Outcome outcome = Outcome.parse(client.ask(line));
    assertThat(outcome.isOk()).as("%s: %s", line, outcome).isTrue();
    double measured = (double) outcome.number("micros") / roundTripMicros;
    System.out.printf(
        Locale.ROOT,
        "%s: %.2f RTT (of %d ms, %s transport)%n",
        what,
        measured,
        pair.roundTrip().toMillis(),
        transport.name().toLowerCase(Locale.ROOT));
    assertThat(measured)
        .as("%s: %s; %s", what, outcome, pair.counts())
        .isBetween(expected - 0.01, expected + WORK);
    assertThat(outcome.number("attempts")).isGreaterThanOrEqualTo(attempts);
    return outcome;
  }
}
