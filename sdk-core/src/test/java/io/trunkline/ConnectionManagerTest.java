package io.trunkline;

import static io.trunkline.EchoPool.echo;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.testing.Descriptors;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a manager promises besides: dials, calls, and what it refuses; over each transport. */
abstract class ConnectionManagerTest {
  @RegisterExtension private final EchoPool pool = new EchoPool(this::transport);

  abstract TransportMode transport();

  @Test
  void aDialedSocketBelongsToTheCaller() throws Exception {
    ConnectionManager manager = pool.start();
    try (TransportSocket socket = manager.dial(pool.endpoint())) {
      socket.getOutputStream().write("own".getBytes(US_ASCII));
      assertThat(socket.getInputStream().readNBytes(3)).isEqualTo("own".getBytes(US_ASCII));
      assertThat(socket.getTcpNoDelay()).isTrue();
      assertThat(socket.getSoTimeout()).isEqualTo(30_000);
      assertThat(manager.snapshot().openConnections()).isZero();
    }
  }

  @Test
  void aCallReleasesOnlyOnNormalReturn() throws Exception {
    ConnectionManager manager = pool.start();
    String answer =
        manager.call(
            pool.endpoint(),
            lease -> {
              echo(lease, "call");
              return "done";
            });
    assertThat(answer).isEqualTo("done");
    assertThat(pool.snapshot().idle()).isEqualTo(1);
    assertThatThrownBy(
            () ->
                manager.call(
                    pool.endpoint(),
                    lease -> {
                      throw new IOException("half way");
                    }))
        .hasMessage("half way");
    assertThat(pool.snapshot().connections()).isEmpty();
  }

  @Test
  void badInputIsRefusedBeforeAnythingIsOpened() throws Exception {
    ConnectionManager manager = pool.start();
    long before = manager.snapshot().openConnections();
    long descriptorsBefore = Descriptors.canCount() ? Descriptors.open() : 0;
    assertThatThrownBy(() -> manager.acquire(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("endpoint must not be null");
    assertThatThrownBy(() -> pool.acquire(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must not be null");
    assertThatThrownBy(() -> ConnectionManager.builder().nativeLibrary(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nativeLibrary must not be null");
    for (Duration bad : List.of(Duration.ZERO, Duration.ofMillis(-1))) {
      assertThatThrownBy(() -> pool.acquire(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("acquire timeout")
          .hasMessageContaining(bad.toString());
    }
    assertThatThrownBy(() -> manager.warmUp(pool.endpoint(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    for (Duration bad : List.of(Duration.ofSeconds(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
      assertThatThrownBy(() -> manager.close(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("close timeout must not be negative, but was " + bad);
      assertThatThrownBy(() -> manager.resolve(pool.endpoint(), bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("resolve timeout must not be negative, but was " + bad);
      assertThatThrownBy(() -> manager.resolve(pool.endpoint(), bad, cancel -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("resolve timeout must not be negative, but was " + bad);
    }
    assertThatThrownBy(() -> manager.poolSettings(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("endpoint must not be null");
    assertThat(manager.snapshot().openConnections()).isEqualTo(before);
    if (Descriptors.canCount()) {
      assertThat(Descriptors.open()).isLessThanOrEqualTo(descriptorsBefore);
    }
    assertThat(pool.server().accepted()).isZero();
  }
}
