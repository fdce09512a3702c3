package io.trunkline.samples.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sample as the build has processed it ahead of time, in a process of its own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AheadOfTimeTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private final int[] ports = freePorts();

  private static int[] freePorts() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket page = new ServerSocket(0, 1, loopback);
        ServerSocket stock = new ServerSocket(0, 1, loopback);
        ServerSocket prices = new ServerSocket(0, 1, loopback)) {
      return new int[] {page.getLocalPort(), stock.getLocalPort(), prices.getLocalPort()};
    } catch (IOException noPorts) {
      throw new AssertionError(noPorts);
    }
  }

  private Process start(Path log) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dspring.aot.enabled=true",
            "-cp",
            classPath,
            LiveApplication.class.getName(),
            "--server.port=" + ports[0],
            "--live.stock-port=" + ports[1],
            "--live.prices-port=" + ports[2],
            "--spring.main.log-startup-info=true",
            "--logging.level.io.trunkline.samples=info")
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + ports[0] + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
    return http.send(request, BodyHandlers.ofString());
  }

  private boolean answers() throws InterruptedException {
    try {
      return get("/api/item").statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  @Test
  void theSampleStartsAheadOfTimeAndAnswers(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("log");
    Process sample = start(log);
    try {
      LiveFixture.await(
          "the sample answers",
          () -> !sample.isAlive() || answers(),
          () -> Files.readString(log, UTF_8));
      assertThat(log).content(UTF_8).contains("Starting AOT-processed LiveApplication");
      assertThat(sample.isAlive()).isTrue();
      assertThat(get("/actuator/trunkline").body())
          .contains("\"name\":\"stock\"", "\"name\":\"prices\"", "\"state\":\"CLOSED\"");
      assertThat(get("/actuator/health").body()).contains("\"reachable\":true");
      assertThat(get("/actuator/prometheus").body()).contains("trunkline_http_calls_seconds");
    } finally {
      sample.destroy();
      assertThat(sample.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
