package io.trunkline.spring;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * What a native image has to keep of this module beyond what Spring finds out by itself:
 * properties, beans and failure analyzers are known to it. The core has metadata of its own.
 */
final class TrunklineRuntimeHints implements RuntimeHintsRegistrar {
  @Override
  public void registerHints(RuntimeHints hints, ClassLoader classLoader) {
    hints.resources().registerPattern("io/trunkline/spring/" + TrunklineVersion.RESOURCE);
  }
}
