package io.trunkline.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkersTest {
  private final AtomicInteger ran = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();

  @Test
  void workThatWillNeverRunGivesBackWhatItHolds() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Workers workers = new Workers("workers-test", 1);
    workers.execute(
        () -> {
          busy.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException atClose) {
            interrupted.countDown();
          }
        },
        dropped::incrementAndGet);
    assertThat(busy.await(5, TimeUnit.SECONDS)).isTrue();
    workers.execute(ran::incrementAndGet, dropped::incrementAndGet);
    assertThat(dropped).hasValue(0);

    workers.close();
    assertThat(dropped).as("the one that waited").hasValue(1);
    assertThat(interrupted.await(5, TimeUnit.SECONDS)).as("the one that ran").isTrue();

    workers.execute(ran::incrementAndGet, dropped::incrementAndGet);
    assertThat(dropped).as("the one that came too late").hasValue(2);
    assertThat(ran).hasValue(0);
  }
}
