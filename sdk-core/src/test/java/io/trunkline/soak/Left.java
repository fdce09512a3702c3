package io.trunkline.soak;

import io.trunkline.testing.Descriptors;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this process has in its hands.
 *
 * @param descriptors sockets, epolls and eventfds
 * @param threads platform threads
 * @param watched descriptors registered with epolls, other than epolls
 * @param heapBytes what the last of some collections left
 * @param residentBytes anonymous memory in RAM, after them
 * @param directBytes direct buffers
 */
record Left(
    long descriptors,
    long threads,
    long watched,
    long heapBytes,
    long residentBytes,
    long directBytes) {
  private static final Pattern TARGET = Pattern.compile("tfd: *([0-9]+)");

  static Left now() throws Exception {
    for (int i = 0; i < 4; i++) {
      System.gc();
      Thread.sleep(50); // cleaners and reference queues
    }
    return new Left(
        Descriptors.open(),
        Thread.getAllStackTraces().size(),
        watchedDescriptors(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        resident(),
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum());
  }

  /**
   * proc(5): the fdinfo of an epoll has a line for each descriptor registered with it. Epolls in
   * epolls do not count: the JDK nests those that its virtual threads wait with, from the first
   * wait on and for good. Each is one of the open descriptors.
   */
  static long watchedDescriptors() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fdinfo"))) {
      return all.mapToLong(Left::watchedBy).sum();
    }
  }

  private static long watchedBy(Path fdinfo) {
    try (Stream<String> lines = Files.lines(fdinfo)) {
      return lines
          .map(TARGET::matcher)
          .filter(Matcher::lookingAt)
          .filter(target -> !isEpoll(target.group(1)))
          .count();
    } catch (IOException | RuntimeException closedMeanwhile) {
      return 0;
    }
  }

  private static boolean isEpoll(String descriptor) {
    try {
      Path target = Files.readSymbolicLink(Path.of("/proc/self/fd", descriptor));
      return target.toString().equals("anon_inode:[eventpoll]");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static long resident() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
              .filter(line -> line.startsWith("RssAnon:"))
              .map(line -> line.replaceAll("[^0-9]", ""))
              .mapToLong(Long::parseLong)
              .sum()
          * 1024;
    }
  }
}
