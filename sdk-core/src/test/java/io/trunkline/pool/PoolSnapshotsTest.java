package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.Background;
import io.trunkline.testing.FakeTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PoolSnapshotsTest {
  private final FakeDials dials =
      new FakeDials(
          PoolSettings.builder().maxPerEndpoint(8).build(),
          BreakerSettings.builder().build(),
          probed -> {},
          Listeners.NONE,
          any -> {});
  private final FakeTime time = dials.time;
  private final EndpointPool pool = dials.pool("db.example");

  private FakeSocket dialled() throws Exception {
    FakeSocket socket = new FakeSocket();
    assertThat(pool.room().tryTicket()).isZero();
    PooledConnection connection = pool.ticketDone(socket);
    connection.leased(false);
    connection.release(connection.takeHold());
    return socket;
  }

  @Test
  void noLockOfThePoolIsHeldWhileTheKernelIsAsked() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Runnable workOfAnother =
        () -> {
          asked.incrementAndGet();
          try {
            // Each of these takes the lock of the pool; the wheel's goes with the release.
            Background.start(
                    () -> {
                      pool.room().openOrDialling();
                      PooledConnection leased = pool.tryAcquire();
                      leased.discard();
                      return null;
                    })
                .get();
          } catch (Exception failed) {
            throw new AssertionError("the pool stands still while the kernel is asked", failed);
          }
        };
    for (int i = 0; i < 4; i++) {
      dialled();
    }
    dialled().onTcpInfo(workOfAnother);
    assertThat(PoolSnapshots.of(pool, List.of(), time.nanoTime()).connections()).isNotEmpty();
    assertThat(asked).hasValue(1);
  }

  @Test
  void countsDoNotAskTheKernel() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    dialled().onTcpInfo(asked::incrementAndGet);
    dialled().onTcpInfo(asked::incrementAndGet);
    pool.tryAcquire();
    EndpointCounts counts = PoolSnapshots.counts(pool);
    assertThat(counts.active()).isEqualTo(1);
    assertThat(counts.idle()).isEqualTo(1);
    assertThat(counts.maxConnections()).isEqualTo(8);
    assertThat(counts.leases()).isEqualTo(3);
    assertThat(counts.reuses()).isEqualTo(1);
    assertThat(asked).hasValue(0);
  }

  @Test
  void ageIdleTimeAndTheLastFailureAreOfTheMoment() throws Exception {
    dialled();
    time.advance(Duration.ofSeconds(2));
    assertThat(pool.room().tryTicket()).isZero();
    pool.ticketFailed(FakeDials.refused());
    time.advance(Duration.ofSeconds(1));

    InetSocketAddress address = InetSocketAddress.createUnresolved("db.example", 5432);
    EndpointSnapshot snapshot = PoolSnapshots.of(pool, List.of(address), time.nanoTime());
    assertThat(snapshot.addresses()).containsExactly(address);
    assertThat(snapshot.connections())
        .singleElement()
        .satisfies(
            only -> {
              assertThat(only.age()).isEqualTo(Duration.ofSeconds(3));
              assertThat(only.idle()).isEqualTo(Duration.ofSeconds(3));
              assertThat(only.uses()).isEqualTo(1);
              assertThat(only.leased()).isFalse();
            });
    assertThat(snapshot.lastFailure().orElseThrow().ago()).isEqualTo(Duration.ofSeconds(1));
    assertThat(snapshot.lastFailure().orElseThrow().failure()).isInstanceOf(ConnectException.class);
    assertThat(snapshot.breaker().orElseThrow().state()).isEqualTo(BreakerState.CLOSED);
    pool.tryAcquire();
    EndpointSnapshot leased = PoolSnapshots.of(pool, List.of(), time.nanoTime());
    assertThat(leased.connections().get(0).idle()).isZero();
    assertThat(leased.connections().get(0).leased()).isTrue();
  }

  private boolean recovered() {
    return PoolSnapshots.of(pool, List.of(), time.nanoTime())
        .lastFailure()
        .orElseThrow()
        .recovered();
  }

  @Test
  void aProbeThatIsAnsweredMakesUpForAHandshakeAndForNoMore() throws Exception {
    assertThat(pool.room().tryTicket()).isZero();
    pool.ticketFailed(FakeDials.refused());
    assertThat(recovered()).isFalse();
    pool.answered();
    assertThat(recovered()).isTrue();

    IOException tls =
        Failures.exception(
            FailureDetails.of(FailureKind.CERTIFICATE_EXPIRED, FailurePhase.TLS_HANDSHAKE));
    for (IOException each : List.of(tls, new IOException("of an initializer"))) {
      assertThat(pool.room().tryTicket()).isZero();
      pool.ticketFailed(each);
      pool.answered();
      assertThat(recovered()).isFalse();
      pool.succeeded();
      assertThat(recovered()).isTrue();
    }
  }
}
