package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.EndpointSettings;
import io.trunkline.spring.PropertyMetadata.Property;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * docs/spring-properties.md is what the metadata says, and the metadata says what is so. {@code
 * -Dtrunkline.docs=write} writes the page anew.
 */
class PropertyReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "spring-properties.md");
  private static final String ENDPOINT = "trunkline.endpoints.<name>.";

  @Test
  void everyPropertyHasADescription() throws Exception {
    for (Property each : all()) {
      assertThat(each.description()).as(each.name()).isNotBlank().endsWith(".");
    }
  }

  @Test
  void defaultsInTheMetadataAreThoseOfTheCore() throws Exception {
    List<String> set = new ArrayList<>();
    for (Property each : PropertyMetadata.ofAll()) {
      if (each.name().startsWith("trunkline.") && each.defaultValue() != null) {
        set.add(each.name() + "=" + each.defaultValue());
      }
    }
    assertThat(set).hasSizeGreaterThan(50);
    assertThat(settings(set)).isEqualTo(settings(List.of()));
  }

  /** Every setting of the core by its name, as these properties make it. */
  private static Map<String, String> settings(List<String> properties) {
    Map<String, String> settings = new TreeMap<>();
    Contexts.runner()
        .withPropertyValues(properties.toArray(String[]::new))
        .withBean(TrunklineCustomizer.class, () -> builder -> read(builder, settings))
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(settings).hasSizeGreaterThan(40);
    return settings;
  }

  private static void read(
      io.trunkline.ConnectionManager.Builder builder, Map<String, String> settings) {
    builder.pool(it -> noted(settings, it.build(), it));
    builder.connect(it -> noted(settings, it.build(), it));
    builder.socket(it -> noted(settings, it.build(), it));
    builder.tls(it -> noted(settings, it.build(), it));
    builder.resolve(it -> noted(settings, it.build(), it));
    builder.circuitBreaker(it -> noted(settings, it.build(), it));
    builder.retry(it -> noted(settings, it.build(), it));
  }

  private static <B> B noted(Map<String, String> settings, Object built, B builder) {
    for (Method getter : built.getClass().getDeclaredMethods()) {
      if (Modifier.isPublic(getter.getModifiers())
          && getter.getParameterCount() == 0
          && !getter.getName().matches("builder|toBuilder")) {
        try {
          settings.put(
              built.getClass().getSimpleName() + "." + getter.getName(),
              String.valueOf(getter.invoke(built)));
        } catch (ReflectiveOperationException broken) {
          throw new AssertionError(getter.toString(), broken);
        }
      }
    }
    return builder;
  }

  @Test
  void everySettingOfTheCoreThatIsNotAnObjectHasAProperty() throws Exception {
    List<String> names = PropertyMetadata.ofAll().stream().map(Property::name).toList();
    assertThat(names).contains("trunkline.pool.max-uses", "trunkline.retry.minimum");
    // What differs for single endpoints has a group in EndpointProperties.
    for (Method group : EndpointSettings.class.getDeclaredMethods()) {
      if (group.getParameterCount() == 0) {
        String prefix = group.getName().equals("tls") ? "ssl." : group.getName() + ".";
        assertThat(PropertyMetadata.ofEndpoint())
            .as(prefix)
            .anyMatch(each -> each.name().startsWith(prefix));
      }
    }
  }

  @Test
  void pageIsUpToDate() throws Exception {
    String page = page();
    if (System.getProperty("trunkline.docs", "").equals("write")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE)
        .as("write it anew with: mvn test -Dtest=PropertyReferenceTest -Dtrunkline.docs=write")
        .hasContent(page);
  }

  // ---- the page ----

  private static List<Property> all() throws IOException {
    List<Property> all = new ArrayList<>(PropertyMetadata.ofAll());
    PropertyMetadata.ofEndpoint().stream()
        .map(
            each ->
                new Property(
                    ENDPOINT + each.name(), each.type(), each.description(), each.defaultValue()))
        .forEach(all::add);
    return all;
  }

  private static String page() throws IOException {
    StringBuilder page =
        new StringBuilder(
            """
            # Spring Boot properties
            This page is made from the configuration metadata by `PropertyReferenceTest`: change the Javadoc of `TrunklineProperties`
            or `EndpointProperties` instead. How to use them is in [spring.md](spring.md), and what the settings behind them mean in
            [configuration.md](configuration.md). Durations are written like `10s` or `250ms`, sizes like `64KB`.
            """);
    Map<String, List<Property>> groups = new TreeMap<>();
    for (Property each : PropertyMetadata.ofAll()) {
      groups.computeIfAbsent(groupOf(each.name()), first -> new ArrayList<>()).add(each);
    }
    groups.forEach((group, properties) -> table(page, group, properties));
    page.append(
        """

        ## `%s*`
        For one endpoint. Of the groups `pool`, `connect`, `socket` and `ssl` what is not set is as for all endpoints;
        `pool.max-total`, `pool.idle-timeout`, `pool.leak-detection` and `connect.total-rate` are the same for all and cannot be
        set here.
        """
            .formatted(ENDPOINT));
    rows(
        page,
        all().stream()
            .filter(each -> each.name().startsWith(ENDPOINT))
            .filter(each -> each.name().indexOf('.', ENDPOINT.length()) < 0)
            .toList());
    page.append("\nGroups: ");
    page.append(
        PropertyMetadata.ofEndpoint().stream()
            .map(Property::name)
            .filter(name -> name.contains("."))
            .map(name -> "`" + name + "`")
            .collect(Collectors.joining(", ")));
    return page.append(".\n").toString();
  }

  private static String groupOf(String name) {
    int end = name.lastIndexOf('.');
    return name.substring(0, end);
  }

  private static void table(StringBuilder page, String group, List<Property> properties) {
    page.append("\n## `").append(group).append(".*`\n");
    rows(page, properties);
  }

  private static void rows(StringBuilder page, List<Property> properties) {
    page.append("| property | type | default | meaning |\n| --- | --- | --- | --- |\n");
    properties.stream()
        .sorted(Comparator.comparing(Property::name))
        .forEach(
            each ->
                page.append("| `")
                    .append(each.name())
                    .append("` | ")
                    .append(typeOf(each.type()))
                    .append(" | ")
                    .append(each.defaultValue() == null ? "" : "`" + each.defaultValue() + "`")
                    .append(" | ")
                    .append(each.description().replace("|", "\\|").replaceAll("\\s+", " "))
                    .append(" |\n"));
  }

  private static String typeOf(String type) {
    String simple = type.replaceAll("[a-z]\\w*\\.", "").replaceAll("\\w+\\$", "");
    return switch (simple) {
      case "Integer", "Boolean", "String", "File" -> simple.toLowerCase(Locale.ROOT);
      case "DataSize" -> "size";
      case "List<String>" -> "list";
      case "Set<FailureKind>" -> "kinds of failure";
      case "Map<String,EndpointProperties>" -> "see below";
      default -> simple.matches("Duration") ? "duration" : "one of " + constants(type);
    };
  }

  private static String constants(String type) {
    try {
      return List.of(Class.forName(type).getEnumConstants()).stream()
          .map(each -> "`" + each.toString().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
          .collect(Collectors.joining(", "));
    } catch (ClassNotFoundException | NullPointerException unknown) {
      throw new AssertionError("how is " + type + " written?", unknown);
    }
  }
}
