package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** A whole application with a web server, with nothing of Trunkline but the starter. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ApplicationTest {
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {}

  private final HttpClient http = HttpClient.newHttpClient();
  private LoopbackServer server;
  private ConfigurableApplicationContext context;

  @BeforeEach
  void open() throws Exception {
    server = LoopbackServer.plain();
  }

  @AfterEach
  void close() throws Exception {
    if (context != null) {
      context.close();
    }
    server.close();
  }

  private void start(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--server.port=0");
    all.add("--server.shutdown=immediate");
    // A name server that is slow must not slow the test down: Spring Cloud looks up this host.
    all.add("--spring.cloud.inetutils.timeout-seconds=1");
    all.add("--server.address=127.0.0.1");
    all.add("--spring.main.banner-mode=off");
    all.add("--management.endpoints.web.exposure.include=*");
    all.add("--management.endpoint.health.show-details=always");
    all.add("--trunkline.endpoints.backend.host=127.0.0.1");
    all.add("--trunkline.endpoints.backend.port=" + server.port());
    all.add("--trunkline.endpoints.backend.warm-up=1");
    context = SpringApplication.run(Application.class, all.toArray(String[]::new));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return http.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String json) throws Exception {
    return http.send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    String port = context.getEnvironment().getProperty("local.server.port");
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private static Map<String, Object> json(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JsonParserFactory.getJsonParser().parseMap(response.body());
  }

  @Test
  void actuatorTellsOfPoolsHealthInfoAndMeters() throws Exception {
    start();
    context
        .getBean(ConnectionManager.class)
        .acquire(Endpoint.tcp("127.0.0.1", server.port()))
        .release();
    assertThat(json(get("/actuator/trunkline"))).containsKeys("transport", "endpoints");
    assertThat(json(get("/actuator/trunkline/backend"))).containsEntry("name", "backend");
    assertThat(get("/actuator/trunkline/unheard-of").statusCode()).isEqualTo(404);
    assertThat(json(get("/actuator/health")).toString()).contains("trunkline", "backend");
    assertThat(json(get("/actuator/info")).toString()).contains("trunkline", "transport");
    assertThat(json(get("/actuator/metrics/trunkline.handshake")))
        .containsEntry("name", "trunkline.handshake");
  }

  @Test
  void nobodyCanWriteUnlessAccessIsUnrestricted() throws Exception {
    start();
    String drain = "{\"action\": \"drain\", \"endpoint\": \"backend\"}";
    assertThat(post("/actuator/trunkline", drain).statusCode()).isEqualTo(405);
    context.close();

    start("--management.endpoint.trunkline.access=unrestricted");
    assertThat(json(post("/actuator/trunkline", drain))).containsEntry("done", true);
    assertThat(
            json(
                post(
                    "/actuator/trunkline",
                    "{\"action\": \"warm-up\", \"endpoint\": \"backend\", \"connections\": 2}")))
        .containsEntry("open", 2);
    assertThat(
            json(post("/actuator/trunkline", "{\"action\": \"probe\", \"endpoint\": \"backend\"}")))
        .containsEntry("done", true);
    assertThat(
            post("/actuator/trunkline", "{\"action\": \"probe\", \"endpoint\": \"127.0.0.1:9\"}")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void withTrunklineSwitchedOffNothingOfItIsThere() throws Exception {
    start("--trunkline.enabled=false");
    assertThat(Contexts.ours(context)).containsExactly("applicationTest.Application");
    assertThat(get("/actuator/trunkline").statusCode()).isEqualTo(404);
    assertThat(json(get("/actuator/health"))).containsEntry("status", "UP");
    assertThat(server.accepted()).isZero();
  }

  @Test
  void virtualThreadsWork() throws Exception {
    start("--spring.threads.virtual.enabled=true");
    assertThat(json(get("/actuator/trunkline/backend"))).containsEntry("name", "backend");
  }
}
