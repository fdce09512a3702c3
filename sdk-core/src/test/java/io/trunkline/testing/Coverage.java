package io.trunkline.testing;

import java.lang.management.ManagementFactory;
import java.util.List;

/** Has child JVMs add what they run to the coverage that is measured in this one. */
public final class Coverage {
  private Coverage() {}

  /** The option of the JVM of the tests that measures; none where nothing is measured. */
  public static List<String> options() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-javaagent:") && option.contains("jacoco"))
        .toList();
  }
}
