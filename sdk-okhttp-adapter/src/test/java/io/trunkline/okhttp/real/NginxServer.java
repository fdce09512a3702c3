package io.trunkline.okhttp.real;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * nginx as a child process, on three ports: plain, TLS, and TLS with HTTP/2. It closes a connection
 * that is idle for a second, and each one after ten requests. Each answer is the method, and each
 * request leaves its {@code X-Id} in a record.
 */
final class NginxServer implements AutoCloseable {
  static final int REQUESTS_PER_CONNECTION = 10;

  private static final int LIMIT_SECONDS = 30;
  private static final String CONFIGURATION =
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      error_log stderr crit;
      events { worker_connections 1024; }
      http {
        log_format ids "$http_x_id";
        access_log %1$s/ids.log ids;
        default_type text/plain;
        client_body_temp_path %1$s/body;
        proxy_temp_path %1$s/proxy;
        fastcgi_temp_path %1$s/fastcgi;
        uwsgi_temp_path %1$s/uwsgi;
        scgi_temp_path %1$s/scgi;
        keepalive_timeout 1s;
        keepalive_requests %2$d;
        ssl_certificate %1$s/certificate.pem;
        ssl_certificate_key %1$s/key.pem;
        server {
          %3$s
          location / { return 200 "$request_method"; }
        }
      }
      """;

  private final Path directory;
  private final Path log;
  private final int[] ports;
  private final Process process;

  private NginxServer(Path directory, Path log, int[] ports, Process process) {
    this.directory = directory;
    this.log = log;
    this.ports = ports;
    this.process = process;
  }

  static NginxServer start() throws Exception {
    Path program =
        Stream.of("/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElseGet(
                () -> Assumptions.abort("nginx is not installed (Debian: apt-get install nginx)"));
    Path directory = Files.createTempDirectory("trunkline-okhttp-nginx-");
    Path log = Files.createTempFile("trunkline-okhttp-nginx-", ".log");
    int[] ports = {freePort(), freePort(), freePort()};
    Files.writeString(directory.resolve("certificate.pem"), ServerTls.CERTIFICATE.certificatePem());
    Files.writeString(directory.resolve("key.pem"), ServerTls.CERTIFICATE.privateKeyPkcs8Pem());
    Path file = directory.resolve("nginx.conf");
    Files.writeString(
        file, CONFIGURATION.formatted(directory, REQUESTS_PER_CONNECTION, listens(ports)));
    Process process =
        new ProcessBuilder(
                program.toString(), "-p", directory.toString(), "-e", "stderr", "-c", "" + file)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    NginxServer server = new NginxServer(directory, log, ports, process);
    try {
      for (int port : ports) {
        server.awaitListening(port);
      }
      return server;
    } catch (Exception | Error failed) {
      server.close();
      throw failed;
    }
  }

  /** Each client has an address of its own, so that each has connections of its own. */
  private static String listens(int[] ports) {
    String[] kinds = {"", " ssl", " ssl http2"};
    return IntStream.range(0, ports.length)
        .boxed()
        .flatMap(
            kind ->
                IntStream.rangeClosed(1, ServerTls.ADDRESSES)
                    .mapToObj(i -> "listen 127.0.0." + i + ":" + ports[kind] + kinds[kind] + ";"))
        .collect(Collectors.joining("\n    "));
  }

  private static int freePort() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return listener.getLocalPort();
    }
  }

  private void awaitListening(int port) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new IllegalStateException(
            "nginx does not listen on " + port + ":\n" + Files.readString(log));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  int port() {
    return ports[0];
  }

  int tlsPort() {
    return ports[1];
  }

  int http2Port() {
    return ports[2];
  }

  /** The ids of all requests that it has answered, in order. */
  List<String> answered() throws IOException {
    return Files.readAllLines(directory.resolve("ids.log"));
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    Files.deleteIfExists(log);
    try (Stream<Path> all = Files.walk(directory)) {
      all.sorted(Comparator.reverseOrder()).forEach(NginxServer::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
