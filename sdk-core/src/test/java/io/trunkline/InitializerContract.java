package io.trunkline;

import static io.trunkline.EchoPool.echo;
import static io.trunkline.EchoPool.failureOf;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.testing.Await;
import io.trunkline.testing.EchoServer;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What runs over each new connection before its first lease, over each transport. */
abstract class InitializerContract {
  @RegisterExtension private final EchoPool pool = new EchoPool(this::transport);

  abstract TransportMode transport();

  @Test
  void theInitializerRunsOnceForEachConnection() throws Exception {
    try (EchoServer greeter = new EchoServer().greetingWith("hello\n")) {
      ConnectionManager manager =
          pool.start(
              b ->
                  b.onOpen(
                      lease -> {
                        lease.attach(new String(lease.input().readNBytes(6), US_ASCII));
                        lease.socket().setSoTimeout(77);
                      }));
      for (int i = 0; i < 3; i++) {
        try (Lease lease = manager.acquire(greeter.endpoint())) {
          assertThat(lease.attachment()).isEqualTo("hello\n");
          assertThat(lease.socket().getSoTimeout()).as("options are set back").isEqualTo(30_000);
          echo(lease, "after");
          lease.release();
        }
      }
      assertThat(greeter.accepted()).isEqualTo(1);
    }
  }

  @Test
  void aFailingInitializerFailsTheDialAndClosesTheConnection() throws Exception {
    pool.start(
        b ->
            b.onOpen(
                lease -> {
                  throw new IOException("wrong password");
                }));
    assertThatThrownBy(() -> pool.acquire()).hasMessage("wrong password");
    assertThat(pool.snapshot().connections()).isEmpty();
    assertThat(pool.snapshot().failedDials()).isEqualTo(1);
    Await.until("the server sees the end", () -> pool.server().open() == 0);
  }

  @Test
  void anInitializerThatTakesTooLongIsEnded() throws Exception {
    pool.start(
        b ->
            b.connect(c -> c.timeout(Duration.ofMillis(1_200)))
                .onOpen(lease -> lease.input().read()));
    long start = System.nanoTime();
    assertThatThrownBy(() -> pool.acquire())
        .isInstanceOf(IOException.class)
        .satisfies(
            thrown -> {
              assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.TIMED_OUT);
              assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.INITIALIZE);
            });
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(1_150), Duration.ofMillis(2_300));
    assertThat(pool.snapshot().connections()).isEmpty();
  }

  @Test
  void anInitializerThatReturnsTooLateIsNotLeased() throws Exception {
    pool.start(
        b ->
            b.onOpen(
                lease -> {
                  try {
                    Thread.sleep(1_300);
                  } catch (InterruptedException unexpected) {
                    throw new IllegalStateException(unexpected);
                  }
                }));
    assertThatThrownBy(() -> pool.acquire(Duration.ofSeconds(1)))
        .satisfies(
            thrown -> {
              assertThat(failureOf(thrown).kind()).isEqualTo(FailureKind.TIMED_OUT);
              assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.INITIALIZE);
            });
    assertThat(pool.snapshot().connections()).isEmpty();
  }

  private void awaitServer() {
    try {
      Await.until("the server has it", () -> pool.server().open() == 1);
    } catch (Exception never) {
      throw new AssertionError(never);
    }
  }

  @Test
  void aConnectionThatBrokeInItsInitializerIsNotLeased() throws Exception {
    pool.start(
        b ->
            b.onOpen(
                lease -> {
                  awaitServer();
                  pool.server().closeAll();
                  assertThat(lease.input().read()).isEqualTo(-1);
                }));
    assertThatThrownBy(() -> pool.acquire())
        .satisfies(
            thrown -> assertThat(failureOf(thrown).phase()).isEqualTo(FailurePhase.INITIALIZE));
    assertThat(pool.snapshot().connections()).isEmpty();
  }
}
