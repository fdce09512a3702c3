package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** Of OkHttp alone an InterruptedException comes out that nothing declares, and no flag is set. */
class InterruptTest extends Fixture {
  @Test
  void aCallThatIsInterruptedWhileItConnectsFailsAsDeclared() throws Exception {
    FullBacklog hole = closing(new FullBacklog(InetAddress.getByName("127.0.0.1"), 0));
    OkHttpClient client = client();
    AtomicBoolean flag = new AtomicBoolean();
    CompletableFuture<Thread> caller = new CompletableFuture<>();
    CompletableFuture<String> running =
        start(
            () -> {
              caller.complete(Thread.currentThread());
              try {
                return get(client, "http://127.0.0.1:" + hole.port() + "/");
              } finally {
                flag.set(Thread.interrupted());
              }
            });
    Thread.sleep(60); // until it waits for OkHttp's connecting threads
    caller.get().interrupt();
    var failure = failureOf(running);
    assertThat(failure).isInstanceOf(InterruptedIOException.class);
    assertThat(found(failure).kind()).isEqualTo(FailureKind.INTERRUPTED);
    assertThat(found(failure).phase()).isEqualTo(FailurePhase.CONNECT);
    assertThat(flag).as("the flag").isTrue();
  }
}
