package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** The programs beside the JVM: the server, the plain C client, and taskset, which pins. */
final class Programs implements AutoCloseable {
  private final Path directory;
  private final String cpu;
  private final Process server;
  private final OutputStream serverLifeline;
  private final int port;

  /**
   * Starts the server.
   *
   * @param directory where the two C programs are
   * @param cpu the one that the server runs on
   */
  Programs(Path directory, String cpu) throws IOException {
    this.directory = directory;
    this.cpu = cpu;
    server =
        new ProcessBuilder("taskset", "-c", cpu, directory.resolve("echo_server").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    serverLifeline = server.getOutputStream(); // it ends when this is closed, if only by our end
    String line =
        new BufferedReader(
                new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    if (line == null) {
      throw new IOException("the echo server did not start");
    }
    port = Integer.parseInt(line);
  }

  int port() {
    return port;
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

  /** Runs the plain C client. */
  Cost pingPong(String answer, String messageBytes, double seconds)
      throws IOException, InterruptedException {
    String mode = String.valueOf(answer.equals("ready") ? Server.READY : Server.WAIT);
    double[] figures =
        Arrays.stream(
                output(
                        "taskset",
                        "-c",
                        cpu,
                        directory.resolve("pingpong_client").toString(),
                        Integer.toString(port),
                        mode,
                        messageBytes,
                        Double.toString(seconds))
                    .trim()
                    .split(" "))
            .mapToDouble(Double::parseDouble)
            .toArray();
    return new Cost(figures[0], figures[1], figures[2], 0);
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + output);
    }
    return output;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    serverLifeline.close();
    if (!server.waitFor(5, TimeUnit.SECONDS)) {
      server.destroyForcibly();
    }
  }
}
