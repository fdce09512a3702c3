package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The fault proxy of the tests of sdk-core, run from its source in a process of its own. */
final class FaultProxies implements AutoCloseable {
  private static final Path SOURCE =
      Path.of(
          "..", "sdk-core", "src", "test", "java", "io", "trunkline", "soak", "FaultProxy.java");

  private final Process process;
  private final BufferedReader said;
  final List<Integer> ports;

  /** One in front of each of the servers. */
  FaultProxies(long seed, Integer... servers) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", SOURCE.toString(), Long.toString(seed)));
    Arrays.stream(servers).map(String::valueOf).forEach(command::add);
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    String[] words = said.readLine().split(" ");
    assertThat(words[0]).isEqualTo("ports");
    ports = Arrays.stream(words).skip(1).map(Integer::valueOf).toList();
  }

  /** Ends them, and says what they did. */
  List<String> end() throws IOException {
    process.getOutputStream().close();
    return said.lines().toList();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.getOutputStream().close();
    said.lines().forEach(line -> {}); // it ends with its input
    said.close();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
