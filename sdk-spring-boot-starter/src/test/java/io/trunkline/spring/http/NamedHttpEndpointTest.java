package io.trunkline.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.trunkline.ConnectionManager;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.spring.Contexts;
import io.trunkline.spring.actuator.TrunklineEndpoint;
import io.trunkline.spring.actuator.TrunklineEndpoint.Action;
import java.io.IOException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClientAutoConfiguration;
import org.springframework.cloud.commons.util.UtilAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;

/**
 * What is set of an endpoint, and done with it, by its name reaches the HTTP clients that call it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NamedHttpEndpointTest {
  private static final HeldCertificate AUTHORITY =
      new HeldCertificate.Builder().certificateAuthority(0).build();

  private LoopbackHttpServer server;
  private LoopbackHttpServer secure;
  private ApplicationContextRunner runner;

  @BeforeEach
  void open() throws Exception {
    HeldCertificate key =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName("localhost")
            .signedBy(AUTHORITY)
            .build();
    server = LoopbackHttpServer.plain();
    secure =
        LoopbackHttpServer.tls(
            new HandshakeCertificates.Builder().heldCertificate(key).build().sslContext());
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", AUTHORITY.certificate());
    SslBundle bundle = SslBundle.of(SslStoreBundle.of(null, null, store));
    runner =
        Contexts.runner(
                EndpointAutoConfiguration.class,
                HttpClientAutoConfiguration.class,
                ImperativeHttpClientAutoConfiguration.class,
                RestClientAutoConfiguration.class)
            .withBean(
                "bundles", SslBundles.class, () -> new DefaultSslBundleRegistry("partner", bundle))
            .withPropertyValues(
                "management.endpoints.web.exposure.include=trunkline",
                "spring.http.clients.ssl.bundle=partner",
                "trunkline.endpoints.stock.host=localhost",
                "trunkline.endpoints.stock.port=" + server.port(),
                "trunkline.endpoints.partner.host=localhost",
                "trunkline.endpoints.partner.port=" + secure.port(),
                "trunkline.endpoints.partner.tls=true",
                "trunkline.endpoints.partner.ssl.bundle=partner");
  }

  @AfterEach
  void close() {
    server.close();
    secure.close();
  }

  private static String hello(ApplicationContext context, LoopbackHttpServer server) {
    return context
        .getBean(RestClient.Builder.class)
        .build()
        .get()
        .uri(server.url() + "/hello")
        .retrieve()
        .body(String.class);
  }

  private static EndpointSnapshot seen(ApplicationContext context, LoopbackHttpServer server) {
    return context
        .getBean(ConnectionManager.class)
        .snapshot()
        .endpoint(Endpoint.tcp("localhost", server.port()))
        .orElseThrow();
  }

  // ---- the two endpoints of one that speaks TLS ----

  @Test
  void whatHttpsDialsHasTheNameAndIsDrainedAndProbedByIt() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          assertThat(hello(context, secure)).isEqualTo("hello");
          assertThat(actuator.endpoint("partner"))
              .containsEntry("name", "partner")
              .containsEntry("endpoint", "localhost:" + secure.port())
              .doesNotContainKey("plain");
          assertThat(healthDetails(context)).containsOnlyKeys("partner");

          assertThat(actuator.act(Action.DRAIN, "partner", null)).containsEntry("done", true);
          assertThat(seen(context, secure).idle()).isZero();

          CircuitBreaker breaker =
              context
                  .getBean(CircuitBreakerRegistry.class)
                  .find("trunkline-localhost:" + secure.port())
                  .orElseThrow();
          breaker.transitionToOpenState();
          assertThat(actuator.act(Action.PROBE, "partner", null)).containsEntry("done", true);
          assertThat(breaker.getState()).isEqualTo(CircuitBreaker.State.CLOSED);
          assertThat(hello(context, secure)).isEqualTo("hello");
        });
  }

  @Test
  void bothEndpointsOfANameAreShownAndActedUpon() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          Endpoint tls = Endpoint.tls("localhost", secure.port());
          assertThat(hello(context, secure)).isEqualTo("hello");
          manager.acquire(tls).release();
          String plain = "localhost:" + secure.port();

          assertThat(healthDetails(context)).containsOnlyKeys("partner", "partner (" + plain + ")");
          Map<String, Object> view = actuator.endpoint("partner");
          assertThat(view).containsEntry("endpoint", tls.toString());
          assertThat(view.get("plain"))
              .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
              .containsEntry("endpoint", plain);

          CircuitBreakerRegistry breakers = context.getBean(CircuitBreakerRegistry.class);
          breakers.getAllCircuitBreakers().forEach(CircuitBreaker::transitionToOpenState);
          actuator.act(Action.PROBE, "partner", null);
          assertThat(breakers.getAllCircuitBreakers())
              .hasSize(2)
              .allMatch(each -> each.getState() == CircuitBreaker.State.CLOSED);
          actuator.act(Action.DRAIN, "partner", null);
          assertThat(manager.snapshot().endpoint(tls).orElseThrow().idle()).isZero();
          assertThat(seen(context, secure).idle()).isZero();
        });
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> healthDetails(ApplicationContext context) {
    return (Map<String, Object>)
        context
            .getBean("trunklineHealthIndicator", HealthIndicator.class)
            .health()
            .getDetails()
            .get("endpoints");
  }

  // ---- settings ----

  @Test
  void poolOfAnEndpointIsThatOfTheCallsToIt() {
    runner
        .withPropertyValues(
            "trunkline.pool.max-per-endpoint=5",
            "trunkline.endpoints.stock.pool.max-per-endpoint=1",
            "trunkline.endpoints.stock.pool.acquire-timeout=150ms",
            "trunkline.endpoints.partner.pool.max-per-endpoint=1",
            "trunkline.endpoints.partner.pool.acquire-timeout=150ms")
        .run(
            context -> {
              OkHttpClient client = client(context);
              for (LoopbackHttpServer each : List.of(server, secure)) {
                Request request =
                    new Request.Builder().url(each.url() + "/download?100000").build();
                try (Response holds = client.newCall(request).execute()) {
                  assertThat(seen(context, each).maxConnections()).isEqualTo(1);
                  Throwable thrown = catchThrowable(() -> client.newCall(request).execute());
                  assertThat(Failures.find(thrown).orElseThrow().kind())
                      .isEqualTo(FailureKind.ACQUIRE_TIMED_OUT);
                  assertThat(holds.body().bytes()).hasSize(100_000);
                }
              }
            });
  }

  // ---- discovery ----

  @Test
  void serviceIsCalledAtThePortOfItsInstance() {
    Contexts.runner(
            HttpClientAutoConfiguration.class,
            ImperativeHttpClientAutoConfiguration.class,
            RestClientAutoConfiguration.class,
            UtilAutoConfiguration.class,
            SimpleDiscoveryClientAutoConfiguration.class,
            CompositeDiscoveryClientAutoConfiguration.class)
        .withPropertyValues(
            "spring.cloud.inetutils.timeout-seconds=1",
            "trunkline.endpoints.stock.service-id=stock",
            "trunkline.endpoints.stock.http=true",
            "trunkline.endpoints.stock.warm-up=1",
            "spring.cloud.discovery.client.simple.instances.stock[0].uri=http://127.0.0.1:"
                + server.port())
        .run(
            context -> {
              RestClient client = context.getBean(RestClient.Builder.class).build();
              String answer = client.get().uri("http://stock/hello").retrieve().body(String.class);
              assertThat(answer).isEqualTo("hello");
              EndpointSnapshot stock =
                  context
                      .getBean(ConnectionManager.class)
                      .snapshot()
                      .endpoint(Endpoint.tcp("stock", 80))
                      .orElseThrow();
              assertThat(stock.connections())
                  .singleElement()
                  .satisfies(only -> assertThat(only.remote().getPort()).isEqualTo(server.port()));
            });
  }

  // ---- warm-up ----

  @Test
  void endpointOfHttpClientsIsWarmedUpWhereTheirCallsFindTheConnections() {
    runner
        .withPropertyValues(
            "trunkline.endpoints.stock.http=true",
            "trunkline.endpoints.stock.warm-up=2",
            "trunkline.endpoints.partner.http=true",
            "trunkline.endpoints.partner.warm-up=2")
        .run(
            context -> {
              for (LoopbackHttpServer each : List.of(server, secure)) {
                assertThat(seen(context, each).idle()).isEqualTo(2);
                callsAtOnce(context, each, 2);
                assertThat(seen(context, each).idle()).isEqualTo(2);
              }
              assertThat(context.getBean(ConnectionManager.class).snapshot().openConnections())
                  .isEqualTo(4);
            });
  }

  @Test
  void endpointThatHttpClientsHaveCalledIsWarmedUpForThem() {
    runner.run(
        context -> {
          TrunklineEndpoint actuator = context.getBean(TrunklineEndpoint.class);
          hello(context, server);
          hello(context, secure);
          for (String each : List.of("stock", "partner")) {
            assertThat(actuator.act(Action.WARM_UP, each, 3)).containsEntry("open", 3);
          }
          callsAtOnce(context, server, 3);
          callsAtOnce(context, secure, 3);
          assertThat(context.getBean(ConnectionManager.class).snapshot().openConnections())
              .isEqualTo(6);
        });
  }

  /** That of Spring's clients, whose answers can be left unread. */
  private static OkHttpClient client(ApplicationContext context) {
    return ((OkHttpRequestFactoryBuilder) context.getBean(ClientHttpRequestFactoryBuilder.class))
        .build(context.getBean(HttpClientSettings.class))
        .client();
  }

  /** So many that all have a connection: none is dialled for them. */
  private static void callsAtOnce(ApplicationContext context, LoopbackHttpServer server, int calls)
      throws IOException {
    long dialled = dials(context, server);
    OkHttpClient client = client(context);
    Request request = new Request.Builder().url(server.url() + "/download?100000").build();
    List<Response> open = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      open.add(client.newCall(request).execute());
    }
    assertThat(seen(context, server).active()).isEqualTo(calls);
    assertThat(seen(context, server).idle()).isZero();
    for (Response each : open) {
      each.body().bytes();
    }
    assertThat(dials(context, server)).isEqualTo(dialled);
  }

  /** How many the server has seen. */
  private static long dials(ApplicationContext context, LoopbackHttpServer server) {
    EndpointSnapshot seen = seen(context, server);
    return seen.active() + seen.idle();
  }
}
