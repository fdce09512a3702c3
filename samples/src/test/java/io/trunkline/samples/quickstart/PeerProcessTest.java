package io.trunkline.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PeerProcessTest {
  @TempDir private Path directory;

  @Test
  void endsWhenItIsClosed() throws Exception {
    PeerProcess peers = PeerProcess.start();
    ProcessHandle handle = peers.handle();
    assertThat(handle.isAlive()).isTrue();
    assertThat(peers.accepted()).containsExactly(0, 0);

    peers.close();

    handle.onExit().get(10, TimeUnit.SECONDS);
  }

  /** Nobody is left to say goodbye: only the end of its standard input tells the second process. */
  @Test
  void endsWhenTheFirstProcessIsKilled() throws Exception {
    File nowhere = directory.resolve("output").toFile();
    Process first =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.trunkline.samples.Quickstart",
                "--json")
            .redirectOutput(nowhere)
            .redirectErrorStream(true)
            .start();
    try {
      ProcessHandle second = childOf(first);

      first.destroyForcibly();

      second.onExit().get(10, TimeUnit.SECONDS);
    } finally {
      first.destroyForcibly();
    }
  }

  private static ProcessHandle childOf(Process parent) throws InterruptedException {
    for (; ; ) {
      Optional<ProcessHandle> child = parent.children().findFirst();
      if (child.isPresent()) {
        return child.get();
      }
      assertThat(parent.isAlive()).as("the first process runs").isTrue();
      Thread.sleep(10);
    }
  }

  @Test
  void saysSoWhenItEndsAtOnce() {
    assertThatThrownBy(() -> PeerProcess.start(EndsAtOnce.class.getName(), Duration.ofSeconds(30)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ended with exit code 3");
  }

  @Test
  void saysSoWhenItDoesNotStartInTime() {
    assertThatThrownBy(() -> PeerProcess.start(NeverReady.class.getName(), Duration.ofMillis(300)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("did not answer within 300 ms");
  }

  static final class EndsAtOnce {
    public static void main(String[] args) {
      System.exit(3);
    }
  }

  static final class NeverReady {
    public static void main(String[] args) throws IOException {
      // Until the end of its input, so that it never outlives the test.
      int end = System.in.read();
      System.exit(end);
    }
  }
}
