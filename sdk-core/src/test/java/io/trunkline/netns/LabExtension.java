package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Says what is missing for a {@link Lab}; builds one for all tests, which ends after them. */
final class LabExtension implements ExecutionCondition, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(LabExtension.class);

  /** Asked once: the answer costs a few processes. */
  private static final class Missing {
    static final Optional<String> REASON = reason();
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return Missing.REASON
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("network namespaces can be made"));
  }

  private static Optional<String> reason() {
    String os = System.getProperty("os.name");
    if (!os.toLowerCase(Locale.ROOT).contains("linux")) {
      return Optional.of("network namespaces need Linux, this is " + os);
    }
    for (String[] program : new String[][] {{"ip", "iproute2"}, {"nft", "nftables"}}) {
      if (Stream.of(System.getenv("PATH").split(":"))
          .noneMatch(folder -> Files.isExecutable(Path.of(folder, program[0])))) {
        return Optional.of(
            "needs the program %s on the PATH (Debian package %s)"
                .formatted(program[0], program[1]));
      }
    }
    String name = "tl" + ProcessHandle.current().pid() + "x";
    Optional<String> refusal = refusal("ip", "netns", "add", name);
    if (refusal.isPresent()) {
      return refusal.map(
          why -> "may not make network namespaces (needs root with CAP_SYS_ADMIN): " + why);
    }
    try {
      Optional<String> noRules =
          refusal("ip", "netns", "exec", name, "nft", "add", "table", "inet", "lab");
      if (noRules.isPresent()) {
        return noRules.map(why -> "nft does not work in a network namespace: " + why);
      }
    } finally {
      refusal("ip", "netns", "del", name);
    }
    return nativeTransportMissing();
  }

  private static Optional<String> nativeTransportMissing() {
    try (ConnectionManager manager =
        ConnectionManager.builder().transport(TransportMode.NATIVE).build()) {
      return manager.transport().name().isEmpty() ? Optional.of("no transport") : Optional.empty();
    } catch (IllegalStateException unavailable) {
      return Optional.of("needs the native transport: " + unavailable.getMessage());
    }
  }

  /** What a command said if it failed. */
  private static Optional<String> refusal(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0
          ? Optional.empty()
          : Optional.of(output.replace('\n', ' '));
    } catch (IOException failed) {
      return Optional.of(failed.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Lab.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(NAMESPACE)
        .computeIfAbsent(Lab.class, type -> new Lab(), Lab.class);
  }
}
