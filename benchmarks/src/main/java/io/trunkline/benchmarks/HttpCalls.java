package io.trunkline.benchmarks;

import io.trunkline.benchmarks.OkHttpCalls.Kind;
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

  static HttpCalls of(String client, Place place, boolean tls) throws Exception {
    return switch (client) {
      case "okhttp" -> new OkHttpCalls(Kind.PLAIN, place, tls, true);
      case "okhttp-trunkline" -> new OkHttpCalls(Kind.TRUNKLINE, place, tls, true);
      case "okhttp-trunkline-native-timeouts" ->
          new OkHttpCalls(Kind.TRUNKLINE_NATIVE_TIMEOUTS, place, tls, true);
      case "apache" -> new ApacheCalls(place, tls);
      case "jdk" -> new JdkCalls(place, tls);
      case "jetty" -> new JettyCalls(place, tls);
      case "reactor-netty" -> new ReactorNettyCalls(place, tls);
      default -> throw new IllegalArgumentException("no such client: " + client);
    };
  }

  static byte[] body() {
    return new byte[1024];
  }
}
