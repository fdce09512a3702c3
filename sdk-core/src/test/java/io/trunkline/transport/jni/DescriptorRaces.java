package io.trunkline.transport.jni;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Optional;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * What every read, write and connect of a native socket does around its system call, against close;
 * with descriptors of the kernel, which would tell of a call on a closed one, and of a second close
 * by a number that another has by then.
 */
final class DescriptorRaces {
  private static final int REFUSED = 0;
  private static final int OK = 1;

  private DescriptorRaces() {}

  @State
  public static class Opened {
    final int fd;
    final Descriptor descriptor;

    public Opened() {
      try {
        NativeLibrary.load(Optional.empty());
      } catch (NativeUnavailableException unavailable) {
        throw new IllegalStateException(unavailable);
      }
      fd = NativeCalls.socket(false);
      if (fd < 0) {
        throw new IllegalStateException("no socket: errno " + -fd);
      }
      descriptor = new Descriptor(fd);
    }

    /** {@link #OK}, {@link #REFUSED}, or the errno of a system call on it. */
    int use() {
      if (!descriptor.tryUse()) {
        return REFUSED;
      }
      try {
        long answer = NativeCalls.getOption(descriptor.fd(), NativeCalls.NODELAY);
        return answer >= 0 ? OK : (int) answer;
      } finally {
        descriptor.done();
      }
    }
  }

  /** Nobody is let in after the close, and the number lives until the last one is out. */
  @JCStressTest
  @Outcome(
      id = {"0, 0, 0", "1, 0, 0", "1, 1, 0"},
      expect = ACCEPTABLE,
      desc = "each use came before the close or was refused")
  @Outcome(expect = FORBIDDEN, desc = "a system call on a closed descriptor, or one left open")
  @State
  public static class UserAgainstClose extends Opened {
    @Actor
    public void usesTwice(III_Result result) {
      result.r1 = use();
      result.r2 = use();
    }

    @Actor
    public void closes() {
      descriptor.close();
    }

    @Arbiter
    public void later(III_Result result) {
      result.r3 = use();
    }
  }

  /** A second close of the number would hit whoever has it by then. */
  @JCStressTest
  @Outcome(
      id = {"0, 1, 1", "1, 1, 1"},
      expect = ACCEPTABLE,
      desc = "closed once, used before or not")
  @Outcome(expect = FORBIDDEN, desc = "the number of another was closed")
  @State
  public static class CloserAgainstUserWhoCloses extends Opened {
    int other = -1;

    @Actor
    public void usesAndCloses(III_Result result) {
      result.r1 = use();
      descriptor.close();
    }

    @Actor
    public void closes() {
      descriptor.close();
      other = NativeCalls.socket(false); // perhaps under the number that has just come free
    }

    @Arbiter
    public void later(III_Result result) {
      result.r2 = NativeCalls.getOption(other, NativeCalls.NODELAY) >= 0 ? 1 : 0;
      result.r3 = NativeCalls.close(other) == 0 ? 1 : 0;
    }
  }
}
