package io.trunkline.observe.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.SampleEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/observability.md lists every meter with its type and tags, and every reason. */
class MetersDocsTest {
  private static final Path DOCS = Path.of("..", "docs", "observability.md");
  private static final Pattern METER =
      Pattern.compile("^\\| `(trunkline\\.[a-z.]+)` \\| (gauge|timer|counter) \\| ([a-z., ]+) \\|");
  private static final Pattern REASON = Pattern.compile("^\\| `([a-z]+)` \\| [a-z]");

  @Test
  void everyMeterIsListedWithItsTypeAndTags() throws IOException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    TrunklineMetrics metrics = TrunklineMetrics.bindTo(registry);
    metrics.managerStarted(SampleEvents.TRANSPORT, Map::of);
    SampleEvents.raiseAll(metrics, Endpoint.tcp("db.example", 5432));
    Map<String, Set<String>> existing = new TreeMap<>();
    for (Meter meter : registry.getMeters()) {
      if (meter.getId().getName().equals("trunkline.handshake.histogram")) {
        continue; // this registry makes a gauge of each bucket
      }
      Set<String> tags =
          meter.getId().getTags().stream()
              .map(Tag::getKey)
              .collect(Collectors.toCollection(TreeSet::new));
      tags.add("(" + meter.getId().getType().name().toLowerCase(Locale.ROOT) + ")");
      Set<String> known = existing.putIfAbsent(meter.getId().getName(), tags);
      assertThat(known == null ? tags : known)
          .as("a meter has the same tag keys always: %s", meter.getId())
          .isEqualTo(tags);
      assertThat(meter.getId().getDescription()).as("%s", meter.getId()).isNotBlank();
    }
    assertThat(documented()).isEqualTo(existing);
  }

  private static Map<String, Set<String>> documented() throws IOException {
    Map<String, Set<String>> rows = new TreeMap<>();
    for (String line : Files.readAllLines(DOCS)) {
      Matcher row = METER.matcher(line);
      if (row.find()) {
        Set<String> tags = new TreeSet<>(List.of(row.group(3).split(", ")));
        tags.add("(" + row.group(2) + ")");
        rows.put(row.group(1), tags);
      }
    }
    return rows;
  }

  @Test
  void everyReasonIsListed() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String line : Files.readAllLines(DOCS)) {
      Matcher row = REASON.matcher(line);
      if (row.find()) {
        listed.add(row.group(1));
      }
    }
    assertThat(listed)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(CloseReason.values()).map(CloseReason::tag).toList());
  }
}
