package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connections that are open before they are needed, over each transport. */
abstract class WarmUpContract {
  @RegisterExtension private final EchoPool pool = new EchoPool(this::transport);

  abstract TransportMode transport();

  @Test
  void warmUpHasConnectionsReady() throws Exception {
    ConnectionManager manager = pool.start();
    assertThat(manager.warmUp(pool.endpoint(), 5)).isEqualTo(5);
    assertThat(pool.snapshot().idle()).isEqualTo(5);
    assertThat(pool.snapshot().leases()).isZero();
    pool.exchange("warm");
    assertThat(pool.snapshot().handshakes()).isEqualTo(5);
    assertThat(manager.warmUp(pool.endpoint(), 3)).as("there are enough").isEqualTo(5);
  }

  @Test
  void warmUpSaysWhyItFailed() throws Exception {
    ConnectionManager manager = pool.start();
    pool.server().close();
    assertThatThrownBy(() -> manager.warmUp(pool.endpoint(), 3))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void warmUpByNameIsNotHeldUpByItsOwnLookups() throws Exception {
    ConnectionManager manager = pool.start();
    Endpoint byName = Endpoint.tcp("localhost", pool.server().port());
    long start = System.nanoTime();
    assertThat(manager.warmUp(byName, 8)).isEqualTo(8);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void warmUpStopsAtTheFirstFailureOfAnInitializer() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    ConnectionManager manager =
        pool.start(
            b ->
                b.onOpen(
                    lease -> {
                      opened.incrementAndGet();
                      throw new IllegalStateException("a defect");
                    }));
    assertThatThrownBy(() -> manager.warmUp(pool.endpoint(), 4)).hasMessage("a defect");
    assertThat(opened.get()).isLessThanOrEqualTo(4);
  }

  @Test
  void theMinimumOfIdleConnectionsIsKept() throws Exception {
    ConnectionManager manager =
        pool.start(b -> b.pool(p -> p.minIdle(3).idleTimeout(Duration.ofMillis(200))));
    pool.exchange("in use");
    Await.until("three are idle, or that of the exchange too", () -> pool.snapshot().idle() >= 3);
    Thread.sleep(500);
    Await.until("three are kept beyond the idle timeout", () -> pool.snapshot().idle() == 3);
    assertThat(pool.snapshot().handshakes()).as("kept, not replaced").isLessThanOrEqualTo(4);
    long before = pool.snapshot().handshakes();
    pool.server().closeAll();
    Await.until(
        "lost ones are replaced",
        () ->
            !manager.transport().isNative()
                || (pool.snapshot().idle() == 3 && pool.snapshot().handshakes() >= before + 3));
  }

  @Test
  void noMinimumIsKeptWhereNobodyLeases() throws Exception {
    ConnectionManager manager = pool.start(b -> b.pool(p -> p.minIdle(1)));
    manager.dial(pool.endpoint()).close();
    Thread.sleep(200); // for what should not come
    assertThat(pool.server().accepted()).isEqualTo(1);
  }

  @Test
  void aServerThatClosesAtOnceIsNotStormedForIdleConnections() throws Exception {
    pool.start(b -> b.pool(p -> p.minIdle(4)));
    long end = System.nanoTime() + Duration.ofMillis(1_500).toNanos();
    pool.exchange("in use");
    while (System.nanoTime() < end) {
      pool.server().closeAll();
      Thread.sleep(1);
    }
    assertThat(pool.server().accepted()).as("4 at once, and 4 after each pause").isLessThan(20);
  }
}
