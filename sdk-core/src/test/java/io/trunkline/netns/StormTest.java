package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A cold endpoint that everybody wants at once, and a server with a short accept queue.
 *
 * <p>The kernel ends a handshake before the server accepts, so what the guard lets through in one
 * round trip is what the accept queue must hold. The server here accepts 30 in that time: the 8 of
 * the guard are no burden, 64 at once are more than its queue takes.
 */
@NeedsNamespaces
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StormTest {
  private static final Duration ROUND_TRIP = Duration.ofMillis(60);
  private static final int PAUSE_MICROS = 2_000;
  private static final int BACKLOG = 16;
  private static final int CALLERS = 5_000;
  private static final int CAP = 64;
  private static final int PORT = 7400;

  /** What a storm did to client and server. */
  private record Storm(Outcome outcome, long drops) {
    static Storm with(TransportMode transport, int guard) {
      try (DelayedPair pair = DelayedPair.open(ROUND_TRIP)) {
        pair.inServer(SlowServerMain.class, args(PORT, BACKLOG, PAUSE_MICROS));
        long before = Namespaces.tcpExt(pair.server(), "ListenDrops");
        Child client =
            pair.inClient(
                StormMain.class,
                args(transport, "tcp://" + Lab.SERVER4 + ":" + PORT, CALLERS, guard, CAP));
        Outcome outcome = Outcome.parse(client.readLine());
        long drops = Namespaces.tcpExt(pair.server(), "ListenDrops") - before;
        System.out.printf(
            "%d callers, guard %d, %s transport: %s, ListenDrops +%d%n",
            CALLERS, guard, transport, outcome, drops);
        return new Storm(outcome, drops);
      }
    }

    private static String[] args(Object... values) {
      String[] words = new String[values.length];
      for (int i = 0; i < values.length; i++) {
        words[i] = values[i].toString();
      }
      return words;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void allAreServedAndTheAcceptQueueNeverOverflows(TransportMode transport) {
    int guard = 8; // the default

    Storm storm = Storm.with(transport, guard);

    assertThat(storm.outcome().number("served")).as("%s", storm).isEqualTo(CALLERS);
    assertThat(storm.outcome().number("mostInFlight")).as("%s", storm).isBetween(1L, (long) guard);
    assertThat(storm.drops()).as("%s", storm).isZero();
  }

  /** That the storm was one: without it the test above would prove nothing. */
  @Test
  void withoutTheGuardTheAcceptQueueOverflows() {
    Storm storm = Storm.with(TransportMode.NATIVE, CAP);

    assertThat(storm.outcome().number("mostInFlight")).as("%s", storm).isGreaterThan(BACKLOG);
    assertThat(storm.drops()).as("%s", storm).isPositive();
  }
}
