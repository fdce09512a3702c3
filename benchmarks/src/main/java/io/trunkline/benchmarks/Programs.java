package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The programs beside the JVM: servers on this side, the same on the other side of a round trip
 * where there is one, the plain C clients, and taskset, which pins.
 */
final class Programs implements AutoCloseable {
  private final Path directory;
  private final String cpu;
  private final Path certificate;
  private final List<Servers> servers = new ArrayList<>();
  private final Map<Integer, String> roundTrips;

  /**
   * Starts the servers.
   *
   * @param directory where the C programs are
   * @param cpu the one that C clients run on
   * @param serverCpu the one that the servers run on
   */
  Programs(Path directory, String cpu, String serverCpu, RoundTrips trips) throws Exception {
    this.directory = directory;
    this.cpu = cpu;
    this.roundTrips = trips.addresses();
    this.certificate = Files.createTempDirectory("benchmark-certificate-");
    try {
      List<String> addresses = new ArrayList<>(roundTrips.values());
      addresses.add(Servers.LOOPBACK);
      Path trust = ServerCertificate.make(certificate, addresses);
      List<String> pinned = List.of("taskset", "-c", serverCpu);
      servers.add(new Servers(pinned, directory, Servers.LOOPBACK, trust));
      if (!roundTrips.isEmpty()) {
        List<String> beyond = new ArrayList<>(trips.enterPeer());
        beyond.addAll(pinned);
        servers.add(new Servers(beyond, directory, "0.0.0.0", trust));
      }
    } catch (Exception | Error failed) {
      close();
      throw failed;
    }
  }

  /** The servers that are so many milliseconds away; 0 on loopback. */
  Place at(int roundTripMillis) {
    return roundTripMillis == 0
        ? servers.get(0).place()
        : servers.get(1).place().at(roundTrips.get(roundTripMillis));
  }

  /** Binds all threads of this JVM, and so all that it starts from now on, to these CPUs. */
  static void pin(String cpus) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        output("taskset", "-a", "-p", "-c", cpus, Long.toString(ProcessHandle.current().pid()));
        return;
      } catch (IOException failed) {
        if (attempt == 3) {
          throw failed; // as a rule it was a thread that ended between being listed and bound
        }
      }
    }
  }

  /** Runs a plain C client, against the servers on loopback. */
  Cost runC(String program, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("taskset", "-c", cpu));
    command.add(directory.resolve(program).toString());
    command.add(Integer.toString(at(0).port()));
    command.addAll(List.of(arguments));
    double[] figures =
        Arrays.stream(output(command.toArray(String[]::new)).trim().split(" ", -1))
            .mapToDouble(Double::parseDouble)
            .toArray();
    return new Cost(figures[0], figures[1], figures[2], 0);
  }

  /** Runs a command to its end, which it has to reach within two minutes; what it said. */
  static String output(String... command) throws IOException, InterruptedException {
    return output(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
  }

  static String output(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    List<String> command = builder.command();
    process.getOutputStream().close();
    CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> readAll(process));
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(String.join(" ", command) + " did not end");
    }
    String output = said.join();
    if (process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + output);
    }
    return output;
  }

  private static String readAll(Process process) {
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(Programs::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** What cannot be cleaned up is said, and costs nobody the results. May be called again. */
  @Override
  public void close() {
    boolean interrupted = false;
    for (Servers each : servers) {
      try {
        each.close();
      } catch (IOException | UncheckedIOException failed) {
        System.err.println("a server is left: " + failed);
      } catch (InterruptedException stopWaiting) {
        System.err.println("a server may be left: the wait for its end was interrupted");
        interrupted = true;
      }
    }
    try {
      deleteAll(certificate);
    } catch (IOException | UncheckedIOException failed) {
      System.err.println(certificate + " is left: " + failed);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
