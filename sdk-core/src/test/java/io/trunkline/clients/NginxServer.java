package io.trunkline.clients;

import io.trunkline.testing.ServerProcess;
import io.trunkline.testing.TlsIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** nginx on two ports, the second one with TLS. Every answer is the method and a line end. */
final class NginxServer implements AutoCloseable {
  private static final String CONFIGURATION =
      """
      daemon off;
      master_process off;
      pid %1$s/nginx.pid;
      error_log stderr crit;
      events { worker_connections 1024; }
      http {
        access_log off;
        default_type text/plain;
        client_body_temp_path %1$s/body;
        proxy_temp_path %1$s/proxy;
        fastcgi_temp_path %1$s/fastcgi;
        uwsgi_temp_path %1$s/uwsgi;
        scgi_temp_path %1$s/scgi;
        keepalive_timeout %2$ds;
        keepalive_requests 1000000;
        server {
          %3$s
          listen 127.0.0.1:%4$d ssl;
          ssl_certificate %1$s/certificate.pem;
          ssl_certificate_key %1$s/key.pem;
          location / { return 200 "$request_method\\n"; }
          location = /connections { return 200 "$connection\\n"; }
        }
      }
      """;

  /** It serves on 127.0.0.1 and so many addresses in all. */
  static final int ADDRESSES = 25;

  private final ServerProcess process;
  private final int port;
  private final int tlsPort;

  private NginxServer(ServerProcess process, int port, int tlsPort) {
    this.process = process;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  /** Starts it; it closes a connection that was idle for so many seconds. */
  static NginxServer start(int keepAliveSeconds) throws Exception {
    String program =
        ServerProcess.program("nginx", "nginx", ServerProcess.systemDirectories()).toString();
    ServerProcess process = new ServerProcess("nginx");
    NginxServer server =
        new NginxServer(process, ServerProcess.freePort(), ServerProcess.freePort());
    try {
      server.run(program, keepAliveSeconds);
      return server;
    } catch (Exception | Error failed) {
      process.close();
      throw failed;
    }
  }

  private void run(String program, int keepAliveSeconds) throws Exception {
    Path directory = process.directory();
    Path file = directory.resolve("nginx.conf");
    Files.writeString(directory.resolve("certificate.pem"), TlsIdentity.certificatePem());
    Files.writeString(directory.resolve("key.pem"), TlsIdentity.keyPem());
    Files.writeString(
        file, CONFIGURATION.formatted(directory, keepAliveSeconds, listens(), tlsPort));
    process.start(
        List.of(program, "-p", directory.toString(), "-e", "stderr", "-c", file.toString()),
        port,
        tlsPort);
  }

  private String listens() {
    return IntStream.rangeClosed(1, ADDRESSES)
        .mapToObj(i -> "listen 127.0.0." + i + ":" + port + ";")
        .collect(Collectors.joining(" "));
  }

  int port() {
    return port;
  }

  int tlsPort() {
    return tlsPort;
  }

  @Override
  public void close() throws Exception {
    process.close();
  }
}
