package io.trunkline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A signal every 10 ms for one thread, as a profiler sends them. A shell sends SIGWINCH to the id
 * of the thread, which the kernel prefers among those of the process; the JVM's handler runs there.
 */
public final class Signals implements AutoCloseable {
  private static final String SIGNAL = "WINCH";
  private static final int MOST_SECONDS = 60;

  private final Path status;
  private final Process sender;

  private Signals(String thread) throws Exception {
    status = Path.of("/proc/self/task", thread, "status");
    install();
    String loop =
        "i=0; while [ $i -lt $2 ] && kill -s "
            + SIGNAL
            + " $1; do sleep 0.01; i=$((i + 1)); done 2>/dev/null";
    sender =
        new ProcessBuilder("sh", "-c", loop, "sh", thread, Integer.toString(MOST_SECONDS * 100))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /** Begins to send; skips the test where there is no /proc/thread-self. */
  public static Signals toThisThread() throws Exception {
    Path self = Path.of("/proc/thread-self");
    Assumptions.assumeTrue(Files.exists(self), "no /proc/thread-self to find the thread's id in");
    return new Signals(Files.readSymbolicLink(self).getFileName().toString());
  }

  /** By reflection, since javac warns of sun.misc.Signal and warnings are errors. */
  private static void install() throws Exception {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object nothing =
        Proxy.newProxyInstance(
            handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> null);
    signal
        .getMethod("handle", signal, handler)
        .invoke(null, signal.getConstructor(String.class).newInstance(SIGNAL), nothing);
  }

  /** How often the thread has gone to sleep. */
  public long contextSwitches() {
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
          .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
          .sum();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  @Override
  public void close() throws Exception {
    sender.destroy();
    sender.waitFor(10, TimeUnit.SECONDS);
  }
}
