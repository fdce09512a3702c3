package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.net.Endpoint;
import org.junit.jupiter.api.Test;

class RecentEndpointsTest {
  private final RecentEndpoints recent = new RecentEndpoints();

  @Test
  void makesOneOnce() {
    Endpoint first = recent.of("a.example", 443);

    assertThat(first).isEqualTo(Endpoint.tcp("a.example", 443));
    assertThat(recent.of("a.example", 443)).isSameAs(first);
  }

  @Test
  void keepsApartWhatSharesAPlace() {
    for (int round = 0; round < 2; round++) {
      for (int i = 1; i < 1_000; i++) {
        assertThat(recent.of("h" + i % 7, i)).isEqualTo(Endpoint.tcp("h" + i % 7, i));
      }
    }
  }

  @Test
  void readsASpellingThatIsNotItsOwn() {
    assertThat(recent.of("0:0:0:0:0:0:0:1", 80)).isEqualTo(Endpoint.tcp("::1", 80));
    assertThat(recent.of("::1", 80)).isEqualTo(Endpoint.tcp("::1", 80));
  }

  @Test
  void refusesWhatIsNoHost() {
    assertThatThrownBy(() -> recent.of("no host", 80))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no host");
  }
}
