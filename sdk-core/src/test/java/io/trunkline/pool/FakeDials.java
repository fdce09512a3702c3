package io.trunkline.pool;

import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.breaker.Breakers;
import io.trunkline.breaker.Handshake;
import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.FakeTime;
import io.trunkline.time.RecentTime;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** What pools share, on a clock that stands still; what workers would do waits to be done. */
final class FakeDials {
  final FakeTime time = new FakeTime();
  final Deque<Runnable> work = new ArrayDeque<>();
  final TotalCap total;
  private final PoolSettings settings;
  private final Shared shared;

  FakeDials(
      PoolSettings settings,
      BreakerSettings breaker,
      Handshake handshake,
      ConnectionListener listener,
      Consumer<EndpointPool> whenLess) {
    this.settings = settings;
    total = new TotalCap(settings.maxTotal());
    shared =
        new Shared(
            time,
            new RecentTime(time, time),
            time,
            listener,
            new Breakers(
                breaker,
                CircuitBreakerRegistry.ofDefaults(),
                handshake,
                time,
                time,
                (task, ifDropped) -> work.add(task),
                listener),
            new DialRate(settings.totalDialsPerSecond(), time.nanoTime()),
            total,
            new IdleWheel(settings, time, time, total),
            whenLess);
  }

  EndpointPool pool(String host) {
    EndpointPool pool = new EndpointPool(Endpoint.tcp(host, 1), settings, shared);
    pool.breaker().start();
    return pool;
  }

  /** Does what has come to the workers so far. */
  void work() {
    for (int left = work.size(); left > 0; left--) {
      work.poll().run();
    }
  }

  PoolSettings settings() {
    return settings;
  }

  static IOException refused() {
    return Failures.exception(
        FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT)
            .withAddress(FakeSocket.ADDRESS));
  }
}
