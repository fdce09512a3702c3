package io.trunkline.limits;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** What is measured and said, and what it must not exceed. */
final class Sizes {
  private Sizes() {}

  /** What collections leave. */
  static long heapBytes() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(50); // reference queues
      least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  /** Memory of this process that is no file's, the heap and the collector's own included. */
  static long residentBytes() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
              .filter(line -> line.startsWith("RssAnon:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
              .sum()
          * 1_024;
    }
  }

  interface Work {
    void run() throws Exception;
  }

  static Duration timed(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** The shortest of some measurements: another process may take the processor in any of them. */
  static long best(int attempts, LongSupplier measured) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < attempts; i++) {
      best = Math.min(best, measured.getAsLong());
    }
    return best;
  }

  static void say(String what, Object figure) {
    System.out.println(what + ": " + figure);
  }

  /** Says a figure; an exception if it is above its bound. */
  static void check(String what, long figure, String unit, long bound) {
    say(what, figure + " " + unit + " (bound " + bound + ")");
    if (figure > bound) {
      throw new IllegalStateException(what + " is " + figure + " " + unit + ", above " + bound);
    }
  }
}
