package io.trunkline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What child JVMs say under -Xcheck:jni. */
class CheckedJniOutputTest {
  private static final String WARNING = "WARNING in native method: JNI call made without checking";
  private static final String OURS =
      "\tat io.trunkline.transport.jni.NativeNet.read(Native Method)";
  private static final String JDKS =
      "\tat sun.nio.ch.EPoll.wait(java.base@17.0.15/Native Method)\n\t- locked <0x01> (a Foo)";
  private static final String CALLER = "\tat io.trunkline.Lease.read(Lease.java:1)";

  @Test
  void aWarningOfAMethodOfOursFails() {
    String said = String.join("\n", "ready", WARNING, OURS, CALLER, "passed");
    assertThatThrownBy(() -> CheckedJni.lookThrough(said))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(WARNING)
        .hasMessageContaining("NativeNet.read");
  }

  @Test
  void aWarningOfAMethodOfTheJdkThatWeCalledDoesNot() {
    String said = String.join("\n", WARNING, JDKS, CALLER, OURS, "passed", CALLER);
    assertThatCode(() -> CheckedJni.lookThrough(said)).doesNotThrowAnyException();
  }

  @Test
  void theProgramsOwnLinesAreLeft() {
    CheckedJni check = new CheckedJni();
    List<String> left = new ArrayList<>();
    String said = String.join("\n", "one", WARNING, JDKS, CALLER, "two", CALLER, WARNING, "three");
    said.lines().filter(line -> !check.takes(line)).forEach(left::add);
    assertThat(left).containsExactly("one", "two", CALLER, "three");
    assertThatCode(check::throwIfOurs).doesNotThrowAnyException();
    check.takes(WARNING);
    check.takes(OURS);
    assertThatThrownBy(check::throwIfOurs).hasMessageContaining("NativeNet.read");
  }

  @Test
  void childrenAreCheckedWhereThisJvmIs() throws Exception {
    String said = ChildJvm.of(SaysItsOptions.class).run().successful();
    assertThat(said.contains("-Xcheck:jni")).isEqualTo(!CheckedJni.options().isEmpty());
  }

  static final class SaysItsOptions {
    private SaysItsOptions() {}

    public static void main(String[] arguments) {
      System.out.println(ManagementFactory.getRuntimeMXBean().getInputArguments());
    }
  }
}
