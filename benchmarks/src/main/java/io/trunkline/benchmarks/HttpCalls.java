package io.trunkline.benchmarks;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/**
 * One HTTP client, blocking, with a limit for the answer and room for {@link #CONNECTIONS}
 * connections; all else is its default. Thread-safe.
 */
interface HttpCalls extends Closeable {
  Duration LIMIT = Duration.ofSeconds(10);
  int CONNECTIONS = 64;

  /** The length of the answer's body, which has been read. */
  int get() throws IOException;

  /** Sends 1 KiB; the length of the answer's body, which has been read. */
  int post() throws IOException;

  static HttpCalls of(String client, boolean tls) throws Exception {
    return switch (client) {
      case "okhttp" -> new OkHttpCalls(tls, true);
      case "apache" -> new ApacheCalls(tls);
      case "jdk" -> new JdkCalls(tls);
      case "jetty" -> new JettyCalls(tls);
      case "reactor-netty" -> new ReactorNettyCalls(tls);
      default -> throw new IllegalArgumentException("no such client: " + client);
    };
  }

  static String url(boolean tls) {
    return (tls ? "https://" : "http://") + Server.host() + ":" + Server.httpPort(tls) + "/";
  }

  static byte[] body() {
    return new byte[1024];
  }
}
