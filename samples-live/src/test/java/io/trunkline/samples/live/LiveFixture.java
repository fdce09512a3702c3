package io.trunkline.samples.live;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The sample, on free ports, in this process. */
final class LiveFixture implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final ConfigurableApplicationContext context;

  private LiveFixture(ConfigurableApplicationContext context) {
    this.context = context;
  }

  static LiveFixture start() throws IOException {
    int stock;
    int prices;
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket one = new ServerSocket(0, 1, loopback);
        ServerSocket other = new ServerSocket(0, 1, loopback)) {
      stock = one.getLocalPort();
      prices = other.getLocalPort();
    }
    return new LiveFixture(
        SpringApplication.run(
            LiveApplication.class,
            "--server.port=0",
            "--live.stock-port=" + stock,
            "--live.prices-port=" + prices,
            "--logging.level.io.trunkline=error"));
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  int port(String property) {
    return context.getEnvironment().getRequiredProperty(property, Integer.class);
  }

  String url() {
    return "http://127.0.0.1:" + port("local.server.port") + "/";
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(request(path).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String contentType, String body)
      throws IOException, InterruptedException {
    return http.send(
        request(path)
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofSeconds(20));
  }

  void behave(String behaviour) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        post("live/behaviour", "application/json", "{\"behaviour\":\"" + behaviour + "\"}");
    if (answer.statusCode() != 204) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
  }

  /** Waits until it is true, and says what was looked at if it never is. */
  static void await(String what, Callable<Boolean> condition, Callable<String> seen)
      throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within 30 s: " + what + "; it was: " + seen.call());
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
