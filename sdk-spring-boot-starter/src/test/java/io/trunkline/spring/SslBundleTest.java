package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Keys and trust from SSL bundles, and what happens when they are renewed. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SslBundleTest {
  private static final Authority OLD = new Authority("old");
  private static final Authority NEW = new Authority("new");

  private LoopbackServer oldServer;
  private LoopbackServer newServer;
  private DefaultSslBundleRegistry bundles;
  private ApplicationContextRunner runner;

  @BeforeEach
  void open() throws Exception {
    oldServer = LoopbackServer.tls(OLD.server());
    newServer = LoopbackServer.tls(NEW.server());
    bundles = new DefaultSslBundleRegistry("partner", OLD.bundle());
    runner =
        Contexts.runner()
            .withBean("bundles", SslBundles.class, () -> bundles)
            .withPropertyValues(
                "trunkline.endpoints.old.host=localhost",
                "trunkline.endpoints.old.port=" + oldServer.port(),
                "trunkline.endpoints.old.tls=true",
                "trunkline.endpoints.old.ssl.bundle=partner",
                "trunkline.endpoints.new.host=localhost",
                "trunkline.endpoints.new.port=" + newServer.port(),
                "trunkline.endpoints.new.tls=true",
                "trunkline.endpoints.new.ssl.bundle=partner");
  }

  @AfterEach
  void close() throws Exception {
    oldServer.close();
    newServer.close();
  }

  private static Endpoint endpoint(LoopbackServer server) {
    return Endpoint.tls("localhost", server.port());
  }

  private static FailureKind failure(ConnectionManager manager, LoopbackServer server) {
    Throwable thrown = catchThrowable(() -> manager.acquire(endpoint(server)));
    return Failures.find(thrown).orElseThrow().kind();
  }

  private static int idle(ConnectionManager manager, LoopbackServer server) {
    return manager.snapshot().endpoint(endpoint(server)).map(EndpointSnapshot::idle).orElse(0);
  }

  @Test
  void endpointTrustsWhatItsBundleTrusts() {
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          manager.acquire(endpoint(oldServer)).release();
          assertThat(failure(manager, newServer)).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
        });
  }

  @Test
  void renewedBundleIsUsedByNewConnectionsAndIdleOnesOfTheOldOneEnd() {
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          Lease leased = manager.acquire(endpoint(oldServer));
          manager.acquire(endpoint(oldServer)).release();
          assertThat(idle(manager, oldServer)).isEqualTo(1);

          bundles.updateBundle("partner", NEW.bundle());

          assertThat(idle(manager, oldServer)).isZero();
          leased.output().write(1); // a lease that is out goes on
          assertThat(leased.input().read()).isEqualTo(1);
          leased.release();
          assertThat(idle(manager, oldServer)).isZero();
          manager.acquire(endpoint(newServer)).release();
          assertThat(failure(manager, oldServer)).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
        });
  }

  @Test
  void bundleThatCannotBeUsedAfterItsUpdateChangesNothing() {
    runner.run(
        context -> {
          ConnectionManager manager = context.getBean(ConnectionManager.class);
          manager.acquire(endpoint(oldServer)).release();
          bundles.updateBundle(
              "partner", SslBundle.of(SslStoreBundle.NONE, null, null, "no such protocol"));
          assertThat(idle(manager, oldServer)).isEqualTo(1);
          manager.drain(endpoint(oldServer));
          manager.acquire(endpoint(oldServer)).release();
        });
  }

  @Test
  void bundleForAllIsThatOfEndpointsWithoutOneOfTheirOwn() {
    Contexts.runner()
        .withBean("bundles", SslBundles.class, () -> bundles)
        .withPropertyValues("trunkline.ssl.bundle=partner")
        .run(
            context -> {
              ConnectionManager manager = context.getBean(ConnectionManager.class);
              manager.acquire(endpoint(oldServer)).release();
              assertThat(idle(manager, oldServer)).isEqualTo(1);
              bundles.updateBundle("partner", NEW.bundle());
              assertThat(idle(manager, oldServer)).isZero();
              manager.acquire(endpoint(newServer)).release();
            });
  }

  @Test
  void optionsOfTheBundleAreThoseOfTheConnections() throws Exception {
    bundles.updateBundle("partner", OLD.bundle(SslOptions.of(null, new String[] {"TLSv1.2"})));
    runner.run(
        context -> {
          try (Lease lease =
              context.getBean(ConnectionManager.class).acquire(endpoint(oldServer))) {
            assertThat(lease.tlsSession().orElseThrow().getProtocol()).isEqualTo("TLSv1.2");
          }
        });
  }

  @Test
  void certificateFileThatIsReplacedIsFollowed(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("authority.pem");
    Files.writeString(file, OLD.pem());
    Contexts.runner()
        .withPropertyValues(
            "trunkline.ssl.bundle=files",
            "spring.ssl.bundle.watch.file.quiet-period=50ms",
            "spring.ssl.bundle.pem.files.reload-on-update=true",
            "spring.ssl.bundle.pem.files.truststore.certificate=file:" + file)
        .run(
            context -> {
              ConnectionManager manager = context.getBean(ConnectionManager.class);
              manager.acquire(endpoint(oldServer)).release();
              Files.writeString(file, NEW.pem());
              Await.until("the connection is drained", () -> idle(manager, oldServer) == 0);
              manager.acquire(endpoint(newServer), Duration.ofSeconds(5)).release();
            });
  }
}
