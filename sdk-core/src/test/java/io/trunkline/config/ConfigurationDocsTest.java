package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.observe.micrometer.TrunklineMetrics;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/configuration.md lists every setting with the default that the code has. */
class ConfigurationDocsTest {
  private static final Path DOCS = Path.of("..", "docs", "configuration.md");
  private static final Pattern ROW = Pattern.compile("^\\| `([a-z-]+\\.[a-z-]+)` \\| ([^|]+) \\|");

  @Test
  void everySettingIsListedWithItsDefault() throws Exception {
    assertThat(documented()).isEqualTo(existing());
  }

  private static Map<String, String> documented() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (String line : Files.readAllLines(DOCS)) {
      Matcher row = ROW.matcher(line);
      if (row.find()) {
        rows.put(row.group(1), row.group(2).strip());
      }
    }
    return rows;
  }

  private static Map<String, String> existing() throws ReflectiveOperationException {
    Map<String, String> settings = new TreeMap<>();
    add(settings, "pool", PoolSettings.builder().build());
    add(settings, "resolve", ResolveSettings.builder().build());
    add(settings, "connect", ConnectSettings.builder().build());
    add(settings, "circuit-breaker", BreakerSettings.builder().build());
    add(settings, "retry", RetrySettings.builder().build());
    add(settings, "socket", SocketSettings.builder().build());
    add(settings, "tls", TlsSettings.builder().build());
    settings.put("metrics.max-endpoints", Integer.toString(TrunklineMetrics.DEFAULT_MAX_ENDPOINTS));
    return settings;
  }

  private static void add(Map<String, String> settings, String group, Object defaults)
      throws ReflectiveOperationException {
    for (Method getter : defaults.getClass().getDeclaredMethods()) {
      if (getter.getParameterCount() == 0 && !getter.getName().matches("builder|toBuilder")) {
        String name = getter.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        settings.put(group + "." + name, shown(getter.invoke(defaults)));
      }
    }
  }

  private static String shown(Object value) {
    if (value instanceof Duration time) {
      if (time.toMillisPart() != 0) {
        return time.toMillis() + " ms";
      }
      return time.toMinutes() > 1 && time.toSecondsPart() == 0
          ? time.toMinutes() + " min"
          : time.toSeconds() + " s";
    }
    if (value instanceof List<?> names) {
      return names.isEmpty()
          ? "none"
          : names.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
    return value.equals(Optional.empty()) || value.equals(Map.of()) ? "none" : value.toString();
  }
}
