package io.trunkline.transport.jni;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A native image keeps what the C code looks up by name, for the metadata lists it. */
class ReachabilityMetadataTest {
  private static final Path SOURCES = Path.of("src", "main", "c");
  private static final String METADATA =
      "META-INF/native-image/io.trunkline/trunkline-core/reachability-metadata.json";

  private static String metadata() throws IOException {
    ClassLoader loader = ReachabilityMetadataTest.class.getClassLoader();
    try (InputStream file = loader.getResourceAsStream(METADATA)) {
      assertThat(file).as(METADATA).isNotNull();
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String allOfC() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.filter(each -> each.toString().matches(".*\\.[ch]")).toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  private static List<MatchResult> matches(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().toList();
  }

  private static List<String> firstGroups(String pattern, String text) {
    return matches(pattern, text).stream().map(each -> each.group(1)).toList();
  }

  @Test
  void everyClassThatCodeInCFindsIsListedForJni() throws Exception {
    List<String> found = new ArrayList<>();
    for (String name : firstGroups("FindClass\\(env, \"([^\"]+)\"\\)", allOfC())) {
      found.add(name.replace('/', '.'));
    }
    assertThat(found).isNotEmpty();
    assertThat(firstGroups("\"type\": \"([^\"]+)\",\\s*\"jniAccessible\": true", metadata()))
        .containsExactlyInAnyOrderElementsOf(found);
  }

  @Test
  void codeInCReachesIntoJavaInNoOtherWay() throws Exception {
    assertThat(
            matches(
                "\\)->(FindClass\\(env, [^\"]|GetObjectClass|Get(Static)?(Field|Method)ID"
                    + "|NewObject|ThrowNew|DefineClass|Call\\w*Method)",
                allOfC()))
        .as("this test and the metadata have to learn of it")
        .isEmpty();
  }

  @Test
  void everyMethodThatIsRegisteredIsListedWithItsParameters() throws Exception {
    TreeSet<String> listed = new TreeSet<>();
    for (MatchResult each :
        matches(
            "\"name\": \"(\\w+)\", \"parameterTypes\": \\[([^\\]\\[]*(?:\\[\\][^\\]\\[]*)*)\\]",
            metadata())) {
      listed.add(each.group(1) + "(" + each.group(2).replaceAll("[\" ]", "") + ")");
    }
    TreeSet<String> declared = new TreeSet<>();
    for (Method method : NativeCalls.class.getDeclaredMethods()) {
      if (Modifier.isNative(method.getModifiers())) {
        declared.add(
            method.getName()
                + Arrays.stream(method.getParameterTypes())
                    .map(Class::getTypeName)
                    .collect(Collectors.joining(",", "(", ")")));
      }
    }
    assertThat(listed).isEqualTo(declared);
    assertThat(new TreeSet<>(firstGroups("\\{\"(\\w+)\",\\s*\"\\(", allOfC())))
        .isEqualTo(
            declared.stream()
                .map(each -> each.substring(0, each.indexOf('(')))
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void libraryInTheJarIsListedAsResource() throws Exception {
    List<String> globs = firstGroups("\"glob\": \"([^\"]+)\"", metadata());
    for (String machine : List.of("linux-x86_64", "linux-aarch64")) {
      Path library = Path.of("META-INF", "native", machine, "libtrunkline.so");
      assertThat(globs)
          .anyMatch(
              glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(library));
    }
  }
}
