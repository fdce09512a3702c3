package io.trunkline.netns;

import io.trunkline.connect.FastOpenDials;
import io.trunkline.testing.Descriptors;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * Runs scenarios in its network namespace, each named by a line of standard input, and answers with
 * a line: {@code passed}, or what was thrown.
 *
 * <pre>
 * NAME platform|virtual
 * </pre>
 */
public final class FastOpenMain {
  /** One thing to prove; throws where it does not hold. */
  public interface Scenario {
    void run(FastOpenNet net) throws Throwable;
  }

  private FastOpenMain() {}

  public static void main(String[] args) throws Exception {
    FastOpenNet net = FastOpenNet.enter();
    // Its first use waits for a virtual thread, which must not hold the only carrier.
    Descriptors.open();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      FastOpenNet kind = words[1].equals("virtual") ? net.virtual() : net;
      Scenario scenario = find(words[0]);
      System.out.println(kind.start(() -> outcome(scenario, kind)).get(60));
    }
    System.exit(0);
  }

  private static Scenario find(String name) {
    return Stream.<Scenario[]>of(
            FastOpenSockets.values(), FastOpenDials.values(), FastOpenManagers.values())
        .flatMap(Stream::of)
        .filter(each -> ((Enum<?>) each).name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String outcome(Scenario scenario, FastOpenNet net) {
    try {
      scenario.run(net);
      return "passed";
    } catch (Throwable failed) {
      StringWriter trace = new StringWriter();
      failed.printStackTrace(new PrintWriter(trace));
      return trace.toString().replace("\n", "\u2028");
    }
  }
}
