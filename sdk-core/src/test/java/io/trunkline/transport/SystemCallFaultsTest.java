package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.NativeTools;
import io.trunkline.testing.VirtualThreadsForTests;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every system call that the native library makes fails with every errno, one at a time, in the
 * library as it is shipped; the JVM of its own has {@code src/test/c/fault.c} preloaded. That no
 * call is left out on the C side is what {@code src/test/c/test_fault.c} sees to, and {@code make
 * stood-before} that the library makes no other.
 */
@Timeout(120)
class SystemCallFaultsTest {
  private static final Pattern END = Pattern.compile("walk ended: ([0-9]+) cases, 0 wrong");

  @BeforeEach
  void needsTheLibrary() {
    TestTransports.jni().close();
  }

  private static String walk(String kind) throws Exception {
    Path faults = NativeTools.faults();
    return ChildJvm.of(FaultWalkMain.class)
        .preload(faults)
        .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=off")
        .limitSeconds(100)
        .run(faults.toString(), kind)
        .successful();
  }

  private static int cases(String said) {
    Matcher end = END.matcher(said);
    assertThat(end.find()).as(said).isTrue();
    return Integer.parseInt(end.group(1));
  }

  private static Set<String> calls(String said) {
    String line =
        said.lines().filter(each -> each.startsWith("calls: [")).findFirst().orElseThrow();
    return new TreeSet<>(Arrays.asList(line.substring(8, line.length() - 1).split(", ")));
  }

  @Test
  void eachOneIsToldWithItsErrnoKindAndPhaseAndLeavesNothingOpen() throws Exception {
    String said = walk("platform");
    assertThat(cases(said)).isGreaterThan(3_000);
    assertThat(calls(said))
        .contains("bind", "close", "connect", "epoll_create1", "epoll_ctl", "eventfd")
        .contains("getsockname", "getsockopt", "ioctl", "poll", "ppoll", "recv", "send")
        .contains("setsockopt", "shutdown", "socket");
  }

  @Test
  void noneOfThemLeavesAVirtualThreadWaiting() throws Exception {
    Assumptions.assumeTrue(VirtualThreadsForTests.available(), VirtualThreadsForTests.REASON);
    String said = walk("virtual");
    assertThat(cases(said)).isGreaterThan(1_000);
    assertThat(calls(said)).contains("epoll_wait", "read", "write");
  }
}
