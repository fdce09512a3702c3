package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.factory.aot.AotServices;

class TrunklineRuntimeHintsTest {
  @Test
  void versionIsKeptInANativeImage() {
    RuntimeHints hints = new RuntimeHints();
    RuntimeHintsRegistrar ours =
        AotServices.factories().load(RuntimeHintsRegistrar.class).stream()
            .filter(TrunklineRuntimeHints.class::isInstance)
            .findFirst()
            .orElseThrow();
    ours.registerHints(hints, getClass().getClassLoader());
    String resource = "io/trunkline/spring/version.properties";
    assertThat(RuntimeHintsPredicates.resource().forResource(resource)).accepts(hints);
    assertThat(getClass().getClassLoader().getResource(resource)).isNotNull();
    assertThat(TrunklineVersion.VERSION).matches("\\d+\\.\\d+\\.\\d+.*");
  }
}
