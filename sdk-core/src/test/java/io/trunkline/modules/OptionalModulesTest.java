package io.trunkline.modules;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library lives without Micrometer and without the flight recorder, in a JVM of its own. */
class OptionalModulesTest {
  /** What the native library, the logger and the library itself need, and nothing more. */
  private static final String FEW_MODULES = "--limit-modules=java.base,java.logging,jdk.net";

  private static String classPath(Predicate<String> kept) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(kept)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String withoutMicrometer() {
    return classPath(entry -> !entry.contains("micrometer"));
  }

  @Test
  void aManagerRunsWithoutMicrometer() throws Exception {
    assertThat(ChildJvm.of(ManagerMain.class).classPath(withoutMicrometer()).run().successful())
        .contains("recorder: true", "meters: false", "leased and closed");
  }

  @Test
  void aManagerRunsWithoutTheFlightRecorder() throws Exception {
    assertThat(
            ChildJvm.of(ManagerMain.class)
                .classPath(withoutMicrometer())
                .option(FEW_MODULES)
                .run()
                .successful())
        .contains("recorder: false", "meters: false", "leased and closed");
  }

  /** There the packages are closed to the recorder, which makes the control of a setting itself. */
  @Test
  void eventsAreRecordedWhereTheLibraryIsAModule() throws Exception {
    Predicate<String> ours = entry -> Path.of(entry).endsWith(Path.of("target", "classes"));
    Predicate<String> modules =
        entry ->
            ours.test(entry)
                || Stream.of("slf4j", "micrometer", "resilience4j").anyMatch(entry::contains);
    assertThat(
            ChildJvm.of(ManagerMain.class)
                .option("--module-path=" + classPath(modules))
                .option("--add-modules=io.trunkline.core,jdk.jfr,jdk.net")
                .option("--add-exports=io.trunkline.core/io.trunkline.observe.jfr=ALL-UNNAMED")
                .classPath(classPath(modules.negate()))
                .run("minimum")
                .successful())
        .contains(
            "module: io.trunkline.core", "recorder: true", "acquires: 1", "leased and closed");
  }
}
