package io.trunkline.spring.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.spring.Await;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** Applications that stop, or begin anew, while their HTTP clients are at work. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpShutdownTest {
  private static final int CALLERS = 12;

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Plain {}

  /** Asks another service for each request. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Forwarding {
    @Bean
    RouterFunction<ServerResponse> routes(RestClient.Builder builder, AtomicInteger entered) {
      RestClient client = builder.build();
      return RouterFunctions.route()
          .GET(
              "/",
              request -> {
                entered.incrementAndGet();
                String url = request.param("of").orElseThrow();
                return ServerResponse.ok()
                    .body(client.get().uri(URI.create(url)).retrieve().body(String.class));
              })
          .build();
    }

    @Bean
    AtomicInteger entered() {
      return new AtomicInteger();
    }
  }

  private final ExecutorService callers = Executors.newCachedThreadPool();
  private LoopbackHttpServer server;
  private ConfigurableApplicationContext context;

  @BeforeEach
  void open() throws Exception {
    server = LoopbackHttpServer.plain();
  }

  @AfterEach
  void close() {
    if (context != null) {
      context.close();
    }
    callers.shutdownNow();
    server.close();
  }

  private void start(Class<?> application, WebApplicationType type) {
    context =
        new SpringApplicationBuilder(application)
            .web(type)
            .properties(
                "spring.main.banner-mode=off",
                "server.port=0",
                "server.address=127.0.0.1",
                "server.shutdown=graceful",
                "spring.cloud.inetutils.timeout-seconds=1",
                "trunkline.endpoints.backend.host=localhost",
                "trunkline.endpoints.backend.port=" + server.port(),
                "trunkline.endpoints.backend.http=true",
                "trunkline.endpoints.backend.warm-up=2")
            .run();
  }

  /** One request over a connection of its own, as a socket sees it; empty if none was answered. */
  private String statusLine(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      String request =
          "GET /?of=" + server.url() + "/slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return answer.lines().findFirst().orElse("");
    }
  }

  @Test
  void everyRequestThatCameInIsAnsweredWhileTheApplicationStops() throws Exception {
    start(Forwarding.class, WebApplicationType.SERVLET);
    int port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    AtomicInteger entered = context.getBean(AtomicInteger.class);
    List<CompletableFuture<List<String>>> answers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      answers.add(CompletableFuture.supplyAsync(() -> untilRefused(port), callers));
    }
    Await.until("there is load", () -> entered.get() > 2 * CALLERS);
    context.close();

    List<String> all = new ArrayList<>();
    for (CompletableFuture<List<String>> each : answers) {
      all.addAll(each.get(20, TimeUnit.SECONDS));
    }
    assertThat(all).hasSize(entered.get()).allMatch(each -> each.equals("HTTP/1.1 200 "));
  }

  /** The first line of each answer. A request that did not reach the application has none. */
  private List<String> untilRefused(int port) {
    List<String> answers = new ArrayList<>();
    try {
      while (true) {
        String line = statusLine(port);
        if (line.isEmpty()) {
          return answers;
        }
        answers.add(line);
      }
    } catch (IOException refused) {
      return answers;
    }
  }

  @Test
  void contextClosesWhenTheCallsInFlightHaveEndedWell() throws Exception {
    start(Plain.class, WebApplicationType.NONE);
    RestClient client = context.getBean(RestClient.Builder.class).baseUrl(server.url()).build();
    List<CompletableFuture<String>> calls = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      calls.add(
          CompletableFuture.supplyAsync(
              () -> client.get().uri("/slow").retrieve().body(String.class), callers));
    }
    Await.until("all are under way", () -> server.requests() == CALLERS);
    context.close();
    for (CompletableFuture<String> each : calls) {
      // Their answers have come: far less is left than the server took for them.
      assertThat(each.get(900, TimeUnit.MILLISECONDS)).isEqualTo("at last");
    }
  }

  @Test
  void contextThatIsStoppedAndStartedAgainCallsAndIsWarm() {
    start(Plain.class, WebApplicationType.NONE);
    ConnectionManager manager = context.getBean(ConnectionManager.class);
    Endpoint backend = Endpoint.tcp("localhost", server.port());
    for (int round = 1; round <= 3; round++) {
      assertThat(manager.snapshot().endpoint(backend).orElseThrow().idle()).isEqualTo(2);
      RestClient client = context.getBean(RestClient.Builder.class).baseUrl(server.url()).build();
      assertThat(client.get().uri("/hello").retrieve().body(String.class)).isEqualTo("hello");
      context.stop();
      assertThat(manager.snapshot().openConnections()).isZero();
      context.start();
    }
    assertThat(server.requests()).isEqualTo(3);
  }
}
