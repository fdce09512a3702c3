package io.trunkline.okhttp.real;

import io.trunkline.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * nginx as a child process, on three ports: plain, TLS, and TLS with HTTP/2. It closes a connection
 * that is idle for a second, and each one after ten requests. Each answer is the method, and each
 * request leaves its {@code X-Id} in a record.
 */
final class NginxServer implements AutoCloseable {
  static final int REQUESTS_PER_CONNECTION = 10;

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

  private final ServerProcess process;
  private final int[] ports;

  private NginxServer(ServerProcess process, int[] ports) {
    this.process = process;
    this.ports = ports;
  }

  static NginxServer start() throws Exception {
    String program =
        ServerProcess.program("nginx", "nginx", ServerProcess.systemDirectories()).toString();
    int[] ports = {ServerProcess.freePort(), ServerProcess.freePort(), ServerProcess.freePort()};
    NginxServer server = new NginxServer(new ServerProcess("nginx"), ports);
    try {
      server.run(program);
      return server;
    } catch (Exception | Error failed) {
      server.close();
      throw failed;
    }
  }

  private void run(String program) throws Exception {
    Path directory = process.directory();
    Files.writeString(directory.resolve("certificate.pem"), ServerTls.CERTIFICATE.certificatePem());
    Files.writeString(directory.resolve("key.pem"), ServerTls.CERTIFICATE.privateKeyPkcs8Pem());
    Path file = directory.resolve("nginx.conf");
    Files.writeString(
        file, CONFIGURATION.formatted(directory, REQUESTS_PER_CONNECTION, listens(ports)));
    process.start(
        List.of(program, "-p", directory.toString(), "-e", "stderr", "-c", file.toString()), ports);
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
    return Files.readAllLines(process.directory().resolve("ids.log"));
  }

  @Override
  public void close() throws Exception {
    process.close();
  }
}
