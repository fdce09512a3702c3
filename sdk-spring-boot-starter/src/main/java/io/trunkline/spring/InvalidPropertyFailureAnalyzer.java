package io.trunkline.spring;

import java.util.Optional;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says which property is wrong, what it is, where it was set, and what it should be. */
final class InvalidPropertyFailureAnalyzer
    extends AbstractFailureAnalyzer<InvalidPropertyException> {
  private final Environment environment;

  InvalidPropertyFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable failure, InvalidPropertyException invalid) {
    Optional<ConfigurationProperty> set = find(invalid.property());
    StringBuilder text = new StringBuilder(200);
    text.append("Property: ").append(invalid.property());
    // As it was written, if it is there.
    set.map(ConfigurationProperty::getValue)
        .or(() -> Optional.ofNullable(invalid.value()))
        .ifPresent(value -> text.append("%n    Value: \"%s\"".formatted(value)));
    set.map(ConfigurationProperty::getOrigin)
        .ifPresent(origin -> text.append("%n    Origin: %s".formatted(origin)));
    text.append("%n    Reason: %s %s".formatted(invalid.property(), invalid.reason()));
    return new FailureAnalysis(
        "A property of Trunkline is wrong:%n%n    %s".formatted(text), invalid.fix(), failure);
  }

  private Optional<ConfigurationProperty> find(String property) {
    ConfigurationPropertyName name = ConfigurationPropertyName.ofIfValid(property);
    if (name != null) {
      for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
        ConfigurationProperty found = source.getConfigurationProperty(name);
        if (found != null) {
          return Optional.of(found);
        }
      }
    }
    return Optional.empty();
  }
}
