package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.observe.Listeners;
import io.trunkline.testing.Await;
import io.trunkline.time.Workers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** When the minimum of idle connections is no longer kept. */
class BackgroundDialsTest {
  @Test
  void nothingWakesForAnEndpointThatWasForgottenWhileItWasDead() throws Exception {
    FakeDials dials =
        new FakeDials(
            PoolSettings.builder().minIdle(1).forgetAfter(Duration.ofMinutes(1)).build(),
            BreakerSettings.builder().build(),
            endpoint -> {
              throw FakeDials.refused();
            },
            Listeners.NONE,
            changed -> {});
    EndpointPool pool = dials.pool("host");
    for (int i = 0; i < 5; i++) {
      pool.breaker().dialFailed(1, FakeDials.refused(), false);
    }
    AtomicInteger pauses = new AtomicInteger();
    try (Workers workers = new Workers("test-worker", 1)) {
      BackgroundDials background =
          new BackgroundDials(
              pool,
              null, // no dial is allowed
              workers,
              (delayNanos, work) -> {
                pauses.incrementAndGet();
                return dials.time.schedule(delayNanos, work);
              },
              1);
      background.use();
      background.topUp();
      Await.until("it pauses, as the breaker is open", () -> pauses.get() == 1);
      dials.time.advance(Duration.ofMillis(1_100));
      Await.until("it pauses again", () -> pauses.get() == 2);
      Await.until(
          "the endpoint is forgotten",
          () -> {
            dials.time.advance(Duration.ofMinutes(1));
            return pool.room().tryForget() == 0;
          });
      pool.breaker().end();
      int before = pauses.get();
      for (int i = 0; i < 5; i++) {
        Thread.sleep(20); // for the worker
        dials.time.advance(Duration.ofMinutes(1));
      }
      assertThat(pauses.get() - before).as("pauses after the end").isLessThanOrEqualTo(1);
    }
  }
}
