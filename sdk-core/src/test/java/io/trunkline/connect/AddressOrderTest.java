package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.Balance;
import io.trunkline.testing.FakeTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AddressOrderTest {
  private final FakeTime time = new FakeTime();
  private final FailedLately failedLately = new FailedLately(time);
  private final Map<InetSocketAddress, Integer> loads = new HashMap<>();

  private static InetSocketAddress address(String ip) {
    try {
      return new InetSocketAddress(InetAddress.getByName(ip), 443);
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static List<InetSocketAddress> addresses(String ips) {
    return Arrays.stream(ips.split(" ")).map(AddressOrderTest::address).toList();
  }

  private List<InetSocketAddress> order(Balance balance, String known, int turn) {
    return new AddressOrder(balance, failedLately)
        .of(addresses(known), turn, each -> loads.getOrDefault(each, 0));
  }

  @Test
  void familiesInterleaveFromTheResolversFirst() {
    assertThat(order(Balance.NONE, "::1 ::2 ::3 1.0.0.1 1.0.0.2", 7))
        .isEqualTo(addresses("::1 1.0.0.1 ::2 1.0.0.2 ::3"));
    assertThat(order(Balance.NONE, "1.0.0.1 ::1 ::2 ::3", 7))
        .isEqualTo(addresses("1.0.0.1 ::1 ::2 ::3"));
    assertThat(order(Balance.NONE, "1.0.0.2 1.0.0.1", 7)).isEqualTo(addresses("1.0.0.2 1.0.0.1"));
  }

  @Test
  void roundRobinTurnsWithinEachFamily() {
    String known = "::1 ::2 1.0.0.1 1.0.0.2 1.0.0.3";
    assertThat(order(Balance.ROUND_ROBIN, known, 0))
        .isEqualTo(addresses("::1 1.0.0.1 ::2 1.0.0.2 1.0.0.3"));
    assertThat(order(Balance.ROUND_ROBIN, known, 1))
        .isEqualTo(addresses("::2 1.0.0.2 ::1 1.0.0.3 1.0.0.1"));
    assertThat(order(Balance.ROUND_ROBIN, known, 2))
        .isEqualTo(addresses("::1 1.0.0.3 ::2 1.0.0.1 1.0.0.2"));
  }

  @Test
  void roundRobinIsFairAndSurvivesTheOverflowOfItsCounter() {
    Map<InetSocketAddress, Integer> first = new HashMap<>();
    int turn = Integer.MAX_VALUE - 150;
    for (int i = 0; i < 300; i++) {
      first.merge(
          order(Balance.ROUND_ROBIN, "1.0.0.1 1.0.0.2 1.0.0.4", turn++).get(0), 1, Integer::sum);
    }
    assertThat(first).hasSize(3);
    assertThat(first.values()).allSatisfy(times -> assertThat(times).isBetween(99, 101));
  }

  @Test
  void leastLoadedPutsTheFewestConnectionsFirstAndTurnsWhereTheyAreEqual() {
    loads.put(address("1.0.0.1"), 2);
    loads.put(address("1.0.0.2"), 1);
    loads.put(address("1.0.0.3"), 1);
    assertThat(order(Balance.LEAST_LOADED, "1.0.0.1 1.0.0.2 1.0.0.3", 0))
        .isEqualTo(addresses("1.0.0.2 1.0.0.3 1.0.0.1"));
    assertThat(order(Balance.LEAST_LOADED, "1.0.0.1 1.0.0.2 1.0.0.3", 2))
        .isEqualTo(addresses("1.0.0.3 1.0.0.2 1.0.0.1"));
  }

  @Test
  void leastLoadedFillsUpWhatIsBehind() {
    loads.put(address("1.0.0.1"), 10);
    List<InetSocketAddress> dialled = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      InetSocketAddress first = order(Balance.LEAST_LOADED, "1.0.0.1 1.0.0.2 1.0.0.3", i).get(0);
      loads.merge(first, 1, Integer::sum);
      dialled.add(first);
    }
    assertThat(dialled).doesNotContain(address("1.0.0.1"));
    assertThat(loads.values()).containsOnly(10);
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void whatFailedLatelyGoesLastAndIsNotDropped(Balance balance) {
    failedLately.failed(address("::1"));
    failedLately.failed(address("1.0.0.1"));
    assertThat(order(balance, "::1 1.0.0.1 ::2 1.0.0.2", 0))
        .isEqualTo(addresses("::2 1.0.0.2 ::1 1.0.0.1"));
  }

  @Test
  void aFailureIsForgottenAfterItsTimeOrASuccess() {
    failedLately.failed(address("1.0.0.1"));
    failedLately.failed(address("1.0.0.2"));
    failedLately.succeeded(address("1.0.0.2"));
    assertThat(order(Balance.NONE, "1.0.0.1 1.0.0.2 1.0.0.3", 0))
        .isEqualTo(addresses("1.0.0.2 1.0.0.3 1.0.0.1"));

    time.advance(Duration.ofNanos(FailedLately.REMEMBERED_NANOS - 1));
    assertThat(failedLately.contains(address("1.0.0.1"))).isTrue();
    time.advance(Duration.ofNanos(1));
    assertThat(order(Balance.NONE, "1.0.0.1 1.0.0.2 1.0.0.3", 0))
        .isEqualTo(addresses("1.0.0.1 1.0.0.2 1.0.0.3"));
  }

  @Test
  void theMemoryOfFailuresIsBounded() {
    for (int i = 0; i < FailedLately.MOST + 100; i++) {
      failedLately.failed(address("1.0." + (i >> 8) + "." + (i & 0xff)));
    }
    InetSocketAddress beyond = address("2.0.0.1");
    failedLately.failed(beyond);
    assertThat(failedLately.contains(beyond)).as("no room").isFalse();

    time.advance(Duration.ofNanos(FailedLately.REMEMBERED_NANOS));
    failedLately.failed(beyond);
    assertThat(failedLately.contains(beyond)).as("the old ones have gone").isTrue();
  }
}
