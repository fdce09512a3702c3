package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What tests leave behind when they are killed. */
@NeedsNamespaces
class NamespacesTest {
  @Test
  void thoseOfAProcessThatIsNoMoreAreRemovedWithWhoIsInThem() throws Exception {
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    String stale = "tl" + gone.pid() + "x";
    String ours = Namespaces.add("nt");
    Namespaces.run("ip", "netns", "add", stale);
    Namespaces.etc(stale, "hosts", "127.0.0.1 localhost\n");
    Process inside =
        new ProcessBuilder("ip", "netns", "exec", stale, "sh", "-c", "echo in; exec sleep 60")
            .start();
    try {
      assertThat(inside.inputReader().readLine()).isEqualTo("in");

      assertThat(Namespaces.removeStale()).isPositive();

      assertThat(inside.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(Path.of("/run/netns", stale)).doesNotExist();
      assertThat(Path.of("/etc/netns", stale)).doesNotExist();
      assertThat(Files.exists(Path.of("/run/netns", ours))).isTrue();
    } finally {
      inside.destroyForcibly();
      Namespaces.remove(ours);
    }
  }
}
