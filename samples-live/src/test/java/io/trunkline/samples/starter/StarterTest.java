package io.trunkline.samples.starter;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.samples.live.downstream.Behaviour;
import io.trunkline.samples.live.downstream.FaultyServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** A new application with nothing but the starter and a RestClient: no property of Trunkline. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StarterTest {
  private final HttpClient http = HttpClient.newHttpClient();
  private FaultyServer server;
  private String url;
  private ConfigurableApplicationContext context;

  @BeforeEach
  void open() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    server = new FaultyServer("server", port);
    server.open();
    url = "http://127.0.0.1:" + port + "/";
  }

  @AfterEach
  void close() throws Exception {
    if (context != null) {
      context.close();
    }
    server.close();
  }

  private void start(String... properties) {
    SpringApplication application = new SpringApplication(PlainApplication.class);
    // Not the file of the sample.
    String[] all = new String[properties.length + 4];
    System.arraycopy(properties, 0, all, 4, properties.length);
    all[0] = "--spring.config.name=none";
    all[1] = "--server.port=0";
    all[2] = "--management.endpoints.web.exposure.include=*";
    all[3] = "--spring.main.banner-mode=off";
    context = application.run(all);
  }

  private String call() {
    return context.getBean(RestClient.class).get().uri(url).retrieve().body(String.class);
  }

  private HttpResponse<String> get(String path) throws Exception {
    String port = context.getEnvironment().getProperty("local.server.port");
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).as(path).isEqualTo(200);
    return new ObjectMapper().readTree(response.body());
  }

  @Test
  void callsGoThroughTrunklineAndTheActuatorTellsOfThem() throws Exception {
    start();
    for (int i = 1; i <= 5; i++) {
      assertThat(call()).contains("\"requestOnThisConnection\":" + i);
    }

    JsonNode trunkline = json("/actuator/trunkline");
    if (System.getProperty("os.name").equals("Linux") && nativeLibraryIsThere()) {
      assertThat(trunkline.at("/transport/name").stringValue()).isEqualTo("jni");
    }
    JsonNode endpoint = trunkline.at("/endpoints/0");
    assertThat(url).contains(endpoint.path("endpoint").stringValue());
    assertThat(endpoint.at("/pool/leases").intValue()).isEqualTo(5);
    assertThat(endpoint.at("/pool/handshakes").intValue()).isEqualTo(1);
    assertThat(json("/actuator/health").path("status").stringValue()).isEqualTo("UP");
    assertThat(json("/actuator/metrics/trunkline.handshake").at("/measurements/0/value").intValue())
        .isEqualTo(1);

    server.behave(Behaviour.REFUSE);
    assertThat(failureOfACall()).contains(FailureKind.REFUSED);
    assertThat(json("/actuator/health").path("status").stringValue()).isEqualTo("UP");
    assertThat(json("/actuator/trunkline").at("/endpoints/0/lastFailure/kind").stringValue())
        .isEqualTo("REFUSED");
  }

  private static boolean nativeLibraryIsThere() {
    return StarterTest.class.getResource(
            "/META-INF/native/linux-"
                + (System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64")
                + "/libtrunkline.so")
        != null;
  }

  /** What is known of it; empty where Trunkline had no part in it. */
  private Optional<FailureKind> failureOfACall() {
    try {
      throw new AssertionError("answered: " + call());
    } catch (ResourceAccessException failed) {
      return Failures.find(failed).map(ConnectionFailure::kind);
    }
  }

  @Test
  void switchedOffItIsAsIfItWereNotThere() throws Exception {
    start("--trunkline.enabled=false");
    for (int i = 1; i <= 5; i++) {
      assertThat(call()).contains("server");
    }
    assertThat(get("/actuator/trunkline").statusCode()).isEqualTo(404);
    assertThat(get("/actuator/metrics/trunkline.handshake").statusCode()).isEqualTo(404);
    assertThat(json("/actuator/health").path("status").stringValue()).isEqualTo("UP");
    server.behave(Behaviour.REFUSE);
    assertThat(failureOfACall()).isEmpty();
  }
}
