package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.netns.Lab.Firewall;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An endpoint that dies under a crowd and comes back. Dials are counted on the wire, from the SYNs
 * that leave, not from what the manager says of itself.
 */
@NeedsNamespaces
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BreakerScenarioTest {
  private static final int CALLERS = 100;
  private static final int MOST_DIALS = 10;
  private static final int DEADLINE_MILLIS = 4_000;
  private static final int CONNECT_MILLIS = 1_200;
  private static final int PROBE_MILLIS = 1_000;

  /** For a thread that had to wait for a CPU. */
  private static final int SLACK_MILLIS = 500;

  static Stream<Arguments> deaths() {
    return Stream.of(TransportMode.NATIVE, TransportMode.JDK)
        .flatMap(
            transport ->
                Stream.of(Firewall.DROP, Firewall.RESET)
                    .map(death -> Arguments.of(transport, death)));
  }

  @ParameterizedTest
  @MethodSource("deaths")
  void aCrowdAtADeadEndpointDialsLittleAndTrafficFlowsSoonAfterItReturns(
      TransportMode transport, Firewall death, Lab lab) throws InterruptedException {
    int port = 7020 + transport.ordinal() * 2 + (death == Firewall.DROP ? 0 : 1);
    String endpoint = "tcp://" + Lab.SERVER4 + ":" + port;
    lab.put(death, port);
    boolean dead = true;
    try (Child client = lab.inClient(CrowdMain.class);
        SynCounter syns = lab.countSyns(port)) {
      ask(client, "manager %s %d %d".formatted(transport, CONNECT_MILLIS, PROBE_MILLIS));

      Outcome crowd = ask(client, "crowd %d %d %s".formatted(CALLERS, DEADLINE_MILLIS, endpoint));
      long dials = syns.dials();
      System.out.printf(
          "%d callers, %s, %s transport: %d dials, %s%n", CALLERS, death, transport, dials, crowd);
      assertThat(dials).as("%s", crowd).isBetween(5L, (long) MOST_DIALS);
      assertThat(crowd.number("calls")).isEqualTo(CALLERS);
      assertThat(crowd.number("refused")).as("%s", crowd).isGreaterThan(CALLERS - MOST_DIALS);
      assertThat(crowd.number("slowestMs")).as("%s", crowd).isLessThan(DEADLINE_MILLIS);

      // While it is dead users send nothing: what leaves are the probes.
      ask(client, "start 8 20 %d %s".formatted(DEADLINE_MILLIS, endpoint));
      long before = syns.dials();
      Thread.sleep(2 * PROBE_MILLIS);
      long probes = syns.dials() - before;
      assertThat(probes).as("dials in two probe intervals").isBetween(1L, 5L);

      lab.take(death, port);
      dead = false;
      ask(client, "mark");
      Thread.sleep(2 * PROBE_MILLIS + SLACK_MILLIS);
      Outcome back = ask(client, "stop");

      System.out.printf("%s, %s transport, back: %s%n", death, transport, back);
      assertThat(back.number("flowsAfterMs"))
          .as("%s", back)
          .isBetween(0L, (long) 2 * PROBE_MILLIS + SLACK_MILLIS);
      // No user's request was the trial: each was refused before it was sent, or served.
      assertThat(back.number("served") + back.number("refused"))
          .as("%s", back)
          .isEqualTo(back.number("calls"));
      assertThat(back.number("failedLater")).as("%s", back).isZero();
    } finally {
      if (dead) {
        lab.take(death, port);
      }
    }
  }

  private static Outcome ask(Child client, String command) {
    return Outcome.parse(client.ask(command));
  }
}
