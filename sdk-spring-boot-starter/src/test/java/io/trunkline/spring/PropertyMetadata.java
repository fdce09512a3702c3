package io.trunkline.spring;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.json.JsonParserFactory;

/** What the configuration processor has written about the properties. */
final class PropertyMetadata {
  /**
   * One property.
   *
   * @param name such as {@code trunkline.pool.max-total}
   * @param type the name of its class
   * @param description a sentence; null if there is none
   * @param defaultValue as it would be written in a properties file; null if there is none
   */
  record Property(String name, String type, String description, String defaultValue) {}

  private PropertyMetadata() {}

  /** The properties of {@link TrunklineProperties}. */
  static List<Property> ofAll() throws IOException {
    return read("META-INF/spring-configuration-metadata.json");
  }

  /** Those of a single endpoint; their names begin behind that of the endpoint. */
  static List<Property> ofEndpoint() throws IOException {
    return read(
        "META-INF/spring/configuration-metadata/" + EndpointProperties.class.getName() + ".json");
  }

  private static List<Property> read(String resource) throws IOException {
    ClassLoader loader = PropertyMetadata.class.getClassLoader();
    String text = null;
    for (var each : java.util.Collections.list(loader.getResources(resource))) {
      try (InputStream file = each.openStream()) {
        String found = new String(file.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        text = found.contains("io.trunkline.spring") ? found : text;
      }
    }
    assertFound(resource, text);
    List<Property> properties = new ArrayList<>();
    for (Object each :
        (List<?>) JsonParserFactory.getJsonParser().parseMap(text).get("properties")) {
      Map<?, ?> property = (Map<?, ?>) each;
      properties.add(
          new Property(
              (String) property.get("name"),
              (String) property.get("type"),
              (String) property.get("description"),
              shown(property.get("defaultValue"))));
    }
    return properties;
  }

  private static void assertFound(String resource, String text) {
    if (text == null) {
      throw new AssertionError(resource + " is not there: did the configuration processor run?");
    }
  }

  private static String shown(Object value) {
    if (value instanceof List<?> list) {
      return list.stream().map(Object::toString).collect(Collectors.joining(","));
    }
    return value == null ? null : value.toString();
  }
}
