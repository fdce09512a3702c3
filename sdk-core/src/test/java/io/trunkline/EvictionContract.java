package io.trunkline;

import static io.trunkline.EchoPool.echo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When connections end, and which are not leased again; over each transport. */
abstract class EvictionContract {
  @RegisterExtension private final EchoPool pool = new EchoPool(this::transport);

  abstract TransportMode transport();

  @Test
  void aConnectionThatThePeerClosedIsReplacedBeforeARequestIsSent() throws Exception {
    ConnectionManager manager = pool.start();
    pool.exchange("first");
    pool.server().closeAll();
    Await.until("the server has closed", () -> pool.server().open() == 0);
    if (!manager.transport().isNative()) {
      Thread.sleep(1_100); // this transport looks only at what was idle for a second
    }
    try (Lease lease = pool.acquire()) {
      assertThat(lease.isReused()).isFalse();
      echo(lease, "second");
      lease.release();
    }
    assertThat(pool.snapshot().evicted()).isEqualTo(1);
    assertThat(pool.snapshot().failedDials()).isZero();
  }

  @Test
  void aConnectionWithBytesNobodyAskedForIsNotLeased() throws Exception {
    ConnectionManager manager = pool.start();
    pool.exchange("first");
    if (!manager.transport().isNative()) {
      Thread.sleep(1_100);
    }
    pool.server().sayOnAll("unasked");
    Thread.sleep(50); // loopback delivers within microseconds, but no event tells so
    try (Lease lease = pool.acquire()) {
      assertThat(lease.isReused()).isFalse();
      echo(lease, "clean");
      lease.release();
    }
  }

  @Test
  void drainReplacesConnections() throws Exception {
    ConnectionManager manager = pool.start();
    Lease leased = pool.acquire();
    pool.exchange("idle one");
    assertThat(pool.snapshot().idle()).isEqualTo(1);
    manager.drain(pool.endpoint());
    assertThat(pool.snapshot().idle()).isZero();
    echo(leased, "a lease goes on");
    leased.release();
    assertThat(pool.snapshot().connections()).as("and ends at release").isEmpty();
    pool.exchange("new");
    assertThat(pool.snapshot().idle()).isEqualTo(1);
  }

  @Test
  void idleConnectionsEndAfterTheirTimeout() throws Exception {
    pool.start(b -> b.pool(p -> p.idleTimeout(Duration.ofMillis(200))));
    long start = System.nanoTime();
    pool.exchange("x");
    Await.until("it is evicted", () -> pool.snapshot().idle() == 0);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(150));
    Await.until("the server sees it", () -> pool.server().open() == 0);
  }

  @Test
  void surplusConnectionsBecomeIdleAndEnd() throws Exception {
    pool.start(b -> b.pool(p -> p.idleTimeout(Duration.ofMillis(1_500))));
    List<Lease> burst = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      burst.add(pool.acquire());
    }
    burst.forEach(Lease::release);
    assertThat(pool.snapshot().idle()).isEqualTo(10);
    // One caller at a time from now on: it must keep to one connection, not go round through all
    // ten.
    Await.until(
        "the surplus is evicted",
        () -> {
          pool.exchange("y");
          return pool.snapshot().idle() == 1;
        });
    assertThat(pool.snapshot().handshakes()).isEqualTo(10);
  }

  @Test
  void aConnectionEndsAfterItsUsesAndItsLifetime() throws Exception {
    ConnectionManager first = pool.start(b -> b.pool(p -> p.maxUses(3)));
    for (int i = 0; i < 7; i++) {
      pool.exchange("use");
    }
    assertThat(pool.server().accepted()).isEqualTo(3);
    first.close();
    pool.start(b -> b.pool(p -> p.maxLifetime(Duration.ofMillis(100)).lifetimeJitterPercent(0)));
    Lease old = pool.acquire();
    Thread.sleep(120);
    old.release();
    assertThat(pool.snapshot().connections()).isEmpty();
  }

  @Test
  void anIdleConnectionEndsAfterItsLifetime() throws Exception {
    pool.start(
        b ->
            b.pool(
                p ->
                    p.maxLifetime(Duration.ofMillis(1_000))
                        .lifetimeJitterPercent(0)
                        .idleTimeout(Duration.ofSeconds(8))));
    pool.exchange("once");
    assertThat(pool.snapshot().idle()).isEqualTo(1);
    Await.until("it is too old", Duration.ofSeconds(4), () -> pool.snapshot().idle() == 0);
  }

  @Test
  void atTheTotalCapTheLongestIdleConnectionOfAnotherEndpointGivesWay() throws Exception {
    try (EchoServer second = new EchoServer();
        EchoServer third = new EchoServer()) {
      ConnectionManager manager = pool.start(b -> b.pool(p -> p.maxTotal(2)));
      pool.exchange("a");
      Thread.sleep(20);
      manager.acquire(second.endpoint()).release();
      assertThat(manager.snapshot().openConnections()).isEqualTo(2);
      manager.acquire(third.endpoint()).release();
      assertThat(manager.snapshot().openConnections()).isEqualTo(2);
      assertThat(manager.snapshot().endpoint(third.endpoint()).orElseThrow().idle()).isEqualTo(1);
      Await.until("one of the others was closed", () -> pool.server().open() + second.open() == 1);
    }
  }

  @Test
  void aForgottenLeaseIsFoundAndItsConnectionClosed() throws Exception {
    pool.start(b -> b.pool(p -> p.maxPerEndpoint(1).leakStacks(true)));
    forgetALease();
    Await.until(
        "it is found",
        Duration.ofSeconds(10),
        () -> {
          System.gc();
          return pool.snapshot().leaked() == 1;
        });
    assertThat(pool.snapshot().connections()).isEmpty();
    pool.exchange("its place is free again");
  }

  private void forgetALease() throws IOException {
    Lease forgotten = pool.acquire();
    echo(forgotten, "then forgotten");
  }

  @Test
  void theStreamOfALeaseKeepsItAlive() throws Exception {
    pool.start();
    InputStream in = leaseAndKeepOnlyTheStream();
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(in.read()).isEqualTo('k');
    assertThat(pool.snapshot().leaked()).isZero();
  }

  private InputStream leaseAndKeepOnlyTheStream() throws IOException {
    Lease lease = pool.acquire();
    lease.output().write('k');
    return lease.input();
  }

  @Test
  void endpointsThatOnlyTimedOutAreForgotten() throws Exception {
    ConnectionManager manager =
        pool.start(b -> b.pool(p -> p.maxTotal(1).forgetAfter(Duration.ofMillis(50))));
    Lease held = pool.acquire();
    for (int port = 1; port <= 5; port++) {
      Endpoint other = Endpoint.tcp("127.0.0.1", port);
      assertThatThrownBy(() -> manager.acquire(other, Duration.ofMillis(5)))
          .isInstanceOf(PoolExhaustedException.class);
    }
    Await.until("only the one in use is left", () -> manager.snapshot().endpoints().size() == 1);
    held.release();
  }
}
