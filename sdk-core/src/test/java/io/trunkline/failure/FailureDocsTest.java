package io.trunkline.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/failures.md says of each kind what the code says. */
class FailureDocsTest {
  private static final Path DOCS = Path.of("..", "docs", "failures.md");
  private static final String NONE = "-";

  private static List<String> lines;

  /** kind | CONNECT | ACQUIRE, RESOLVE, TLS_HANDSHAKE | INITIALIZE, READ, WRITE | title | hint. */
  private static Map<FailureKind, List<String>> summary;

  /** kind | phases | type before | type after | errno values. */
  private static Map<FailureKind, List<String>> types;

  @BeforeAll
  static void read() throws IOException {
    lines = Files.readAllLines(DOCS);
    summary = table("| kind | advice: CONNECT |");
    types = table("| kind | phases |");
  }

  private static Map<FailureKind, List<String>> table(String heading) {
    int at = 0;
    while (!lines.get(at).startsWith(heading)) {
      at++;
    }
    Map<FailureKind, List<String>> rows = new LinkedHashMap<>();
    for (String line : lines.subList(at + 2, lines.size())) {
      if (!line.startsWith("|")) {
        break;
      }
      List<String> cells =
          Arrays.stream(line.substring(1).split("\\|"))
              .map(cell -> cell.strip().replaceAll("[`\\[\\]\\\\]|\\(#[a-z_]+\\)", ""))
              .toList();
      FailureKind kind = FailureKind.valueOf(cells.get(0));
      assertThat(rows.put(kind, cells.subList(1, cells.size()))).as("twice: %s", kind).isNull();
    }
    return rows;
  }

  private static Set<String> words(String cell) {
    return Stream.of(cell.split("[ ,]+"))
        .filter(word -> !word.equals(NONE))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyKindIsInBothTablesInTheOrderOfTheEnum() {
    assertThat(summary.keySet()).containsExactly(FailureKind.values());
    assertThat(types.keySet()).containsExactly(FailureKind.values());
  }

  @Test
  void everyKindHasASectionAndNothingElseHas() {
    List<String> sections =
        lines.stream().filter(line -> line.startsWith("### ")).map(l -> l.substring(4)).toList();

    assertThat(sections)
        .containsExactlyElementsOf(
            Arrays.stream(FailureKind.values()).map(FailureKind::name).toList());
  }

  @Test
  void adviceTitleAndHintAreThoseOfTheCode() {
    summary.forEach(
        (kind, cells) -> {
          for (FailurePhase phase : FailurePhase.values()) {
            int column = phase == FailurePhase.CONNECT ? 0 : phase.isEstablished() ? 2 : 1;
            assertThat(cells.get(column))
                .as("advice of %s in %s", kind, phase)
                .isEqualTo(kind.advice(phase).name());
          }
          assertThat(cells.get(3)).as("title of %s", kind).isEqualTo(kind.title());
          assertThat(cells.get(4)).as("hint of %s", kind).isEqualTo(kind.hint());
        });
  }

  @Test
  void javaTypesAreThoseOfTheCode() {
    types.forEach(
        (kind, cells) -> {
          Set<FailurePhase> phases =
              words(cells.get(0)).stream()
                  .map(FailurePhase::valueOf)
                  .collect(Collectors.toCollection(() -> EnumSet.noneOf(FailurePhase.class)));
          assertThat(phases).as("phases of %s", kind).isNotEmpty();
          assertThat(words(cells.get(1)))
              .as("type of %s before the connection stands", kind)
              .isEqualTo(javaTypes(kind, phases, false));
          assertThat(words(cells.get(2)))
              .as("type of %s on an established connection", kind)
              .isEqualTo(javaTypes(kind, phases, true));
        });
  }

  private static Set<String> javaTypes(
      FailureKind kind, Set<FailurePhase> phases, boolean established) {
    return phases.stream()
        .filter(phase -> phase.isEstablished() == established)
        .map(phase -> Failures.exception(FailureDetails.of(kind, phase)))
        .map(failure -> failure.getClass().getSuperclass().getSimpleName())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void errnoValuesAreThoseOfTheClassifier() throws IllegalAccessException {
    Map<String, Set<String>> documented = new TreeMap<>();
    types.forEach(
        (kind, cells) -> {
          if (kind != FailureKind.OTHER && !cells.get(3).equals(NONE)) {
            documented.put(kind.name(), words(cells.get(3)));
          }
        });
    Map<String, Set<String>> existing = new TreeMap<>();
    for (var field : Errno.class.getFields()) {
      int errno = field.getInt(null);
      for (FailurePhase phase : FailurePhase.values()) {
        add(existing, FailureClassifier.ofErrno(errno, phase), field.getName());
      }
    }
    // EADDRNOTAVAIL means either: see FailureClassifier.ofNoAddress.
    add(existing, FailureClassifier.ofNoAddress(true), Errno.name(Errno.EADDRNOTAVAIL));
    add(existing, FailureClassifier.ofNoAddress(false), Errno.name(Errno.EADDRNOTAVAIL));
    existing.remove(FailureKind.OTHER.name());

    assertThat(documented).isEqualTo(existing);
  }

  private static void add(Map<String, Set<String>> to, FailureKind kind, String errno) {
    to.computeIfAbsent(kind.name(), each -> new TreeSet<>()).add(errno);
  }

  @Test
  void everyAdviceIsExplained() {
    for (RetryAdvice advice : RetryAdvice.values()) {
      assertThat(lines).anyMatch(line -> line.startsWith("| `" + advice + "` |"));
    }
  }
}
