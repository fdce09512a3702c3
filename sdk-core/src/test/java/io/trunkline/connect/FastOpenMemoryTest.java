package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class FastOpenMemoryTest {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("192.0.2.1", 443);
  private static final InetSocketAddress OTHER_PORT = new InetSocketAddress("192.0.2.1", 80);

  private long now = Long.MAX_VALUE - Duration.ofMinutes(3).toNanos(); // it will wrap
  private final FastOpenMemory memory = new FastOpenMemory(() -> now);

  private void advance(Duration time) {
    now += time.toNanos();
  }

  @Test
  void anUnknownAddressIsGood() {
    assertThat(memory.isGood(ADDRESS)).isTrue();
  }

  @Test
  void aFailureIsRememberedForAMinuteForThisPortAlone() {
    memory.failed(ADDRESS);

    assertThat(memory.isGood(ADDRESS)).isFalse();
    assertThat(memory.isGood(OTHER_PORT)).isTrue();
    advance(FastOpenMemory.FIRST_PAUSE.minusNanos(1));
    assertThat(memory.isGood(ADDRESS)).isFalse();
    advance(Duration.ofNanos(1));
    assertThat(memory.isGood(ADDRESS)).isTrue();
  }

  @Test
  void eachFurtherFailureDoublesThePauseUpToAnHour() {
    Duration expected = FastOpenMemory.FIRST_PAUSE;
    for (int i = 0; i < 10; i++) {
      memory.failed(ADDRESS);
      advance(expected.minusNanos(1));
      assertThat(memory.isGood(ADDRESS)).as("%s. failure, %s", i + 1, expected).isFalse();
      advance(Duration.ofNanos(1));
      assertThat(memory.isGood(ADDRESS)).as("%s. failure, %s", i + 1, expected).isTrue();
      Duration twice = expected.multipliedBy(2);
      expected =
          twice.compareTo(FastOpenMemory.LONGEST_PAUSE) < 0 ? twice : FastOpenMemory.LONGEST_PAUSE;
    }
    assertThat(expected).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void failuresOfDialsThatWereUnderWayTogetherCountOnce() {
    for (int i = 0; i < 20; i++) {
      memory.failed(ADDRESS);
      advance(Duration.ofMillis(10));
    }
    advance(FastOpenMemory.FIRST_PAUSE.minusMillis(200));

    assertThat(memory.isGood(ADDRESS)).isTrue();
  }

  @Test
  void aSuccessClearsIt() {
    memory.failed(ADDRESS);
    advance(FastOpenMemory.FIRST_PAUSE);
    memory.failed(ADDRESS);
    memory.succeeded(ADDRESS);
    assertThat(memory.isGood(ADDRESS)).isTrue();

    memory.failed(ADDRESS);
    advance(FastOpenMemory.FIRST_PAUSE);
    assertThat(memory.isGood(ADDRESS)).as("the pause begins anew").isTrue();
  }

  @Test
  void ofTooManyTheOneAskedForLeastRecentlyIsForgotten() {
    memory.failed(ADDRESS);
    memory.failed(OTHER_PORT);
    for (int i = 0; i < FastOpenMemory.MOST_ADDRESSES - 2; i++) {
      memory.failed(new InetSocketAddress("198.51.100.1", 1 + i));
    }
    assertThat(memory.isGood(ADDRESS)).isFalse();

    memory.failed(new InetSocketAddress("203.0.113.1", 443));

    assertThat(memory.isGood(OTHER_PORT)).isTrue();
    assertThat(memory.isGood(ADDRESS)).isFalse();
  }
}
