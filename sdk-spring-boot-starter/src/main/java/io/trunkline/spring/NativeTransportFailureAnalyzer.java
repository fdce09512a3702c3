package io.trunkline.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why the native library could not be used, and what can be done. */
final class NativeTransportFailureAnalyzer
    extends AbstractFailureAnalyzer<NativeTransportUnavailableException> {
  @Override
  protected FailureAnalysis analyze(
      Throwable failure, NativeTransportUnavailableException unavailable) {
    return new FailureAnalysis(
        "trunkline.transport is \"native\", and the native library cannot be used:%n%n    %s"
            .formatted(unavailable.getMessage().replaceFirst("^transport is native, but ", "")),
        "Remove the cause, or set trunkline.transport to \"auto\": then Trunkline falls back to the"
            + " sockets of the JDK, with one warning. docs/native.md tells what these lack.",
        failure);
  }
}
