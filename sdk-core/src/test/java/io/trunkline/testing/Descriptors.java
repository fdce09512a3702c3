package io.trunkline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Counts the open descriptors of this process. */
public final class Descriptors {
  private static final Path OWN = Path.of("/proc/self/fd");

  static {
    if (canCount()) {
      warmUp();
    }
  }

  private Descriptors() {}

  /**
   * The JDK keeps a socket for itself from the first close of one that was in use, and epolls from
   * the first wait of a virtual thread.
   */
  private static void warmUp() {
    try (ServerSocket listener = new ServerSocket(0)) {
      if (VirtualThreadsForTests.available()) {
        VirtualThreadsForTests.waitOnce(listener);
      }
      Background<Throwable> accept = Background.failing(listener::accept);
      listener.close();
      accept.get();
      if (VirtualThreadsForTests.available()) {
        warmUpPollers();
      }
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** And its pollers from the first virtual thread that waits for a socket. */
  private static void warmUpPollers() throws Exception {
    FutureTask<Void> wait = new FutureTask<>(new TimedAccept());
    VirtualThreadsForTests.start(wait);
    wait.get(10, TimeUnit.SECONDS);
  }

  /** A class of its own: another thread cannot use this one before it is initialized. */
  private static final class TimedAccept implements Callable<Void> {
    @Override
    public Void call() throws IOException {
      try (ServerSocket listener = new ServerSocket(0)) {
        listener.setSoTimeout(1);
        listener.accept();
      } catch (SocketTimeoutException asIntended) {
        // It waited.
      }
      return null;
    }
  }

  public static boolean canCount() {
    return Files.isDirectory(OWN);
  }

  /** Sockets, epolls and eventfds; not files, which the JVM opens as it loads classes. */
  public static long open() {
    try (Stream<Path> all = Files.list(OWN)) {
      return all.map(Descriptors::target)
          .filter(name -> name.startsWith("socket:") || name.startsWith("anon_inode:"))
          .count();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  /** Waits until as many are open as were before; closing may be another thread's work. */
  public static void awaitCount(long before) throws Exception {
    Await.until("descriptors back to " + before, () -> open() <= before);
  }
}
