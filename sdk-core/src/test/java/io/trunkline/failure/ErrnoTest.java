package io.trunkline.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ErrnoTest {
  private static Map<String, Integer> constants() throws IllegalAccessException {
    Map<String, Integer> constants = new TreeMap<>();
    for (Field field : Errno.class.getFields()) {
      constants.put(field.getName(), field.getInt(null));
    }
    return constants;
  }

  @Test
  void eachHasItsOwnName() throws IllegalAccessException {
    Map<String, Integer> named = constants();
    named.remove("NONE");

    named.forEach((name, value) -> assertThat(Errno.name(value)).isEqualTo(name));
    assertThat(Errno.name(Errno.NONE)).isEmpty();
    assertThat(Errno.name(4711)).isEqualTo("errno 4711");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the numbers are those of Linux")
  void theNumbersAreThoseOfTheSystem(@TempDir Path folder) throws Exception {
    assumeThat(hasCompiler()).as("needs a C compiler named cc on the PATH").isTrue();
    Map<String, Integer> named = constants();
    named.remove("NONE");
    Path source = folder.resolve("numbers.c");
    Files.writeString(
        source,
        named.keySet().stream()
            .map(name -> "  printf(\"%s=%%d\\n\", %s);\n".formatted(name, name))
            .collect(
                Collectors.joining(
                    "", "#include <errno.h>\n#include <stdio.h>\nint main(void) {\n", "}\n")));
    Path program = folder.resolve("numbers");
    run("cc", "-o", program.toString(), source.toString());

    Map<String, Integer> system =
        run(program.toString())
            .lines()
            .map(line -> line.split("="))
            .collect(Collectors.toMap(each -> each[0], each -> Integer.valueOf(each[1])));

    assertThat(named).containsExactlyInAnyOrderEntriesOf(system);
  }

  private static boolean hasCompiler() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "cc")));
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), output).isZero();
    return output;
  }
}
