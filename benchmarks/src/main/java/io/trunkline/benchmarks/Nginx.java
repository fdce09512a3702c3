package io.trunkline.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** nginx as one process, which answers every request with 1 KiB, over HTTP and HTTPS. */
final class Nginx implements AutoCloseable {
  static final int BODY_BYTES = 1024;

  private static final String CONFIGURATION =
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      error_log stderr crit;
      worker_rlimit_nofile 20000;
      events { worker_connections 8192; }
      http {
        access_log off;
        default_type text/plain;
        client_body_temp_path %1$s/body;
        proxy_temp_path %1$s/proxy;
        fastcgi_temp_path %1$s/fastcgi;
        uwsgi_temp_path %1$s/uwsgi;
        scgi_temp_path %1$s/scgi;
        keepalive_timeout 1h;
        keepalive_requests 1000000000;
        ssl_protocols TLSv1.3;
        server {
          listen %2$s:%3$d backlog=4096;
          listen %2$s:%4$d ssl backlog=4096;
          ssl_certificate %5$s/certificate.pem;
          ssl_certificate_key %5$s/key.pem;
          location / { return 200 "%6$s"; }
        }
      }
      """;

  /** Has a program end when its standard input does, however the other end of that came to end. */
  private static final List<String> WITH_LIFELINE =
      List.of(
          "sh",
          "-c",
          "\"$@\" </dev/null & server=$!; trap 'kill $server' TERM INT; cat >/dev/null;"
              + " kill $server; wait $server",
          "server");

  private final Path directory;
  private final Process process;
  private final int port;
  private final int tlsPort;

  private Nginx(Path directory, Process process, int port, int tlsPort) {
    this.directory = directory;
    this.process = process;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  /** The program, where it is installed; it need not be in everybody's path. */
  static Optional<Path> program() {
    return Stream.of("/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts it and waits until it says that it is there.
   *
   * @param prefix of its command, such as taskset
   * @param address to listen on
   * @param certificate the directory with certificate.pem and key.pem
   */
  static Nginx start(List<String> prefix, String address, Path certificate)
      throws IOException, InterruptedException {
    Path program =
        program().orElseThrow(() -> new IOException("nginx is not installed (Debian: nginx)"));
    Path directory = Files.createTempDirectory("benchmark-nginx-");
    int port = freePort();
    int tlsPort = freePort();
    Path file = directory.resolve("nginx.conf");
    Files.writeString(
        file,
        CONFIGURATION.formatted(
            directory, address, port, tlsPort, certificate, "x".repeat(BODY_BYTES)));
    List<String> command = new ArrayList<>(WITH_LIFELINE);
    command.addAll(prefix);
    command.addAll(
        List.of(program.toString(), "-p", directory + "/", "-e", "stderr", "-c", file.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Nginx nginx = new Nginx(directory, process, port, tlsPort);
    try {
      nginx.awaitStart();
      return nginx;
    } catch (IOException | InterruptedException failed) {
      nginx.close();
      throw failed;
    }
  }

  /** It writes its process id when its sockets listen. */
  private void awaitStart() throws IOException, InterruptedException {
    Path pid = directory.resolve("nginx.pid");
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!Files.exists(pid) || Files.size(pid) == 0) {
      if (!process.isAlive() || System.nanoTime() - giveUp > 0) {
        throw new IOException("nginx did not start");
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket listener = new ServerSocket()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return listener.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  int tlsPort() {
    return tlsPort;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.getOutputStream().close();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    Programs.deleteAll(directory);
  }
}
