package io.trunkline.spring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.spring.Authority;
import io.trunkline.spring.Await;
import io.trunkline.spring.Contexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.imperative.ImperativeHttpClientAutoConfiguration;
import org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;

/** Keys and trust of HTTP clients, and what happens when they are renewed. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpSslBundleTest {
  private static final Authority OLD = new Authority("old");
  private static final Authority NEW = new Authority("new");

  private LoopbackHttpServer oldServer;
  private LoopbackHttpServer newServer;
  private DefaultSslBundleRegistry bundles;
  private ApplicationContextRunner runner;

  @BeforeEach
  void open() throws Exception {
    oldServer = LoopbackHttpServer.tls(OLD.server());
    newServer = LoopbackHttpServer.tls(NEW.server());
    bundles = new DefaultSslBundleRegistry("partner", OLD.bundle());
    runner =
        Contexts.runner(
                HttpClientAutoConfiguration.class,
                ImperativeHttpClientAutoConfiguration.class,
                RestClientAutoConfiguration.class)
            .withBean("bundles", SslBundles.class, () -> bundles)
            .withPropertyValues("spring.http.clients.ssl.bundle=partner");
  }

  @AfterEach
  void close() {
    oldServer.close();
    newServer.close();
  }

  private static RestClient client(ApplicationContext context) {
    return context.getBean(RestClient.Builder.class).build();
  }

  private static String hello(RestClient client, LoopbackHttpServer server) {
    return client.get().uri(server.url() + "/hello").retrieve().body(String.class);
  }

  private static void isNotTrusted(RestClient client, LoopbackHttpServer server) {
    Throwable thrown = catchThrowable(() -> hello(client, server));
    assertThat(Failures.find(thrown).orElseThrow().kind())
        .isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
  }

  private static OkHttpRequestFactoryBuilder builder(ApplicationContext context) {
    return (OkHttpRequestFactoryBuilder) context.getBean(ClientHttpRequestFactoryBuilder.class);
  }

  @Test
  void clientTrustsWhatItsBundleTrustsAndTheRawOneDoesNot() {
    runner.run(
        context -> {
          RestClient client = client(context);
          assertThat(hello(client, oldServer)).isEqualTo("hello");
          isNotTrusted(client, newServer);
          Request request = new Request.Builder().url(oldServer.url() + "/hello").build();
          OkHttpClient raw = context.getBean(OkHttpClient.class);
          assertThatThrownBy(() -> raw.newCall(request).execute()).isInstanceOf(IOException.class);
        });
  }

  @Test
  void clientsOfOneBundleShareConnections() {
    runner.run(
        context -> {
          hello(client(context), oldServer);
          hello(client(context), oldServer);
          assertThat(context.getBean(OkHttpClient.class).connectionPool().connectionCount())
              .isEqualTo(1);
        });
  }

  @Test
  void renewedBundleIsThatOfClientsOldAndNew() {
    runner.run(
        context -> {
          RestClient made = client(context);
          hello(made, oldServer);
          bundles.updateBundle("partner", NEW.bundle());
          RestClient later = client(context); // of settings that still have the bundle of before
          for (RestClient each : List.of(made, later)) {
            assertThat(hello(each, newServer)).isEqualTo("hello");
            isNotTrusted(each, oldServer); // although there is an idle connection
          }
          bundles.updateBundle("partner", OLD.bundle());
          assertThat(hello(made, oldServer)).isEqualTo("hello");
          isNotTrusted(later, newServer);
        });
  }

  @Test
  void bundleThatWasRenewedBeforeItsFirstUseIsUsedAsItIsNow() {
    runner.run(
        context -> {
          bundles.updateBundle("partner", NEW.bundle());
          assertThat(hello(client(context), newServer)).isEqualTo("hello");
        });
  }

  @Test
  void bundleThatWasFetchedAfterItsRenewalIsFollowed() {
    runner.run(
        context -> {
          OkHttpRequestFactoryBuilder builder = builder(context);
          bundles.updateBundle("partner", NEW.bundle());
          SslBundle fetched = bundles.getBundle("partner");
          OkHttpRequestFactory factory = builder.build(HttpClientSettings.ofSslBundle(fetched));
          RestClient client = RestClient.builder().requestFactory(factory).build();
          assertThat(hello(client, newServer)).isEqualTo("hello");

          bundles.updateBundle("partner", OLD.bundle());
          assertThat(hello(client, oldServer)).isEqualTo("hello");
          isNotTrusted(client, newServer);
        });
  }

  @Test
  void bundleThatCannotBeUsedAfterItsUpdateChangesNothing() {
    runner.run(
        context -> {
          RestClient made = client(context);
          bundles.updateBundle(
              "partner", SslBundle.of(SslStoreBundle.NONE, null, null, "no such protocol"));
          assertThat(hello(made, oldServer)).isEqualTo("hello");
          assertThat(hello(client(context), oldServer)).isEqualTo("hello");
        });
  }

  @Test
  void bundleThatCannotBeUsedStopsTheClientThatWantsIt() {
    bundles.updateBundle(
        "partner", SslBundle.of(SslStoreBundle.NONE, null, null, "no such protocol"));
    runner.run(
        context ->
            assertThatThrownBy(() -> client(context))
                .rootCause()
                .hasMessageContaining("no such protocol"));
  }

  @Test
  void bundleWithoutANameWorks() throws Exception {
    SslBundle nameless = NEW.bundle();
    runner.run(
        context -> {
          OkHttpRequestFactory factory =
              builder(context).build(HttpClientSettings.ofSslBundle(nameless));
          RestClient client = RestClient.builder().requestFactory(factory).build();
          assertThat(hello(client, newServer)).isEqualTo("hello");
          isNotTrusted(client, oldServer);
        });
  }

  @Test
  void optionsOfTheBundleAreThoseOfTheConnections() throws Exception {
    bundles.updateBundle(
        "partner",
        OLD.bundle(
            SslOptions.of(
                new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
                new String[] {"TLSv1.2"})));
    runner.run(
        context -> {
          OkHttpClient client =
              builder(context).build(context.getBean(HttpClientSettings.class)).client();
          Request request = new Request.Builder().url(oldServer.url() + "/hello").build();
          try (Response response = client.newCall(request).execute()) {
            assertThat(response.handshake().tlsVersion()).isEqualTo(TlsVersion.TLS_1_2);
            assertThat(response.handshake().cipherSuite().javaName())
                .isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
          }
        });
  }

  @Test
  void otherNameIsNotTrusted() {
    runner.run(
        context -> {
          Throwable thrown =
              catchThrowable(
                  () ->
                      client(context)
                          .get()
                          .uri("https://127.0.0.1:" + oldServer.port() + "/hello")
                          .retrieve()
                          .body(String.class));
          assertThat(Failures.find(thrown).orElseThrow().kind())
              .isEqualTo(FailureKind.CERTIFICATE_NAME_MISMATCH);
        });
  }

  @Test
  void factoriesThatNobodyHoldsAreForgottenAndTheUpdatesOfABundleAreHeardOnce() throws Exception {
    AtomicInteger handlers = new AtomicInteger();
    FollowedBundles followed = new FollowedBundles(new Counting(bundles, handlers));
    SslBundle bundle = bundles.getBundle("partner");
    AtomicInteger renewals = new AtomicInteger();
    List<OkHttpRequestFactory> held = new ArrayList<>();
    OkHttpClient client = new OkHttpClient();
    for (int i = 0; i < 50; i++) {
      OkHttpRequestFactory factory = new OkHttpRequestFactory(client);
      followed.follow(bundle, factory, (renewed, tls) -> renewals.incrementAndGet());
      if (i < 2) {
        held.add(factory);
      }
    }
    assertThat(handlers).hasValue(1);
    Await.until(
        "the others are forgotten",
        () -> {
          System.gc();
          return followed.followers() == 2;
        });
    renewals.set(0);
    bundles.updateBundle("partner", NEW.bundle());
    assertThat(renewals).hasValue(2);
    assertThat(held).hasSize(2);
  }

  @Test
  void certificateFileThatIsReplacedIsFollowed(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("authority.pem");
    Files.writeString(file, OLD.pem());
    Contexts.runner(
            HttpClientAutoConfiguration.class,
            ImperativeHttpClientAutoConfiguration.class,
            RestClientAutoConfiguration.class)
        .withPropertyValues(
            "spring.http.clients.ssl.bundle=files",
            "spring.ssl.bundle.watch.file.quiet-period=50ms",
            "spring.ssl.bundle.pem.files.reload-on-update=true",
            "spring.ssl.bundle.pem.files.truststore.certificate=file:" + file)
        .run(
            context -> {
              RestClient client = client(context);
              assertThat(hello(client, oldServer)).isEqualTo("hello");
              Files.writeString(file, NEW.pem());
              Await.until(
                  "the new authority is trusted",
                  () -> catchThrowable(() -> hello(client, newServer)) == null);
              isNotTrusted(client, oldServer);
            });
  }

  /** Counts who wants to hear of updates. */
  private record Counting(SslBundles bundles, AtomicInteger handlers) implements SslBundles {
    @Override
    public SslBundle getBundle(String name) {
      return bundles.getBundle(name);
    }

    @Override
    public void addBundleUpdateHandler(String name, Consumer<SslBundle> handler) {
      handlers.incrementAndGet();
      bundles.addBundleUpdateHandler(name, handler);
    }

    @Override
    public void addBundleRegisterHandler(BiConsumer<String, SslBundle> handler) {
      bundles.addBundleRegisterHandler(handler);
    }

    @Override
    public List<String> getBundleNames() {
      return bundles.getBundleNames();
    }
  }
}
