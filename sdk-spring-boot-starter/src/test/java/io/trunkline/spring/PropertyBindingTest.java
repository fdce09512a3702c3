package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.config.Balance;
import io.trunkline.config.BreakerSettings;
import io.trunkline.config.ConnectSettings;
import io.trunkline.config.FastOpen;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.ResolveSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Each property becomes the setting that it stands for. */
class PropertyBindingTest {
  /** What the manager is built of. */
  private static final class Built implements TrunklineCustomizer {
    private PoolSettings pool;
    private ConnectSettings connect;
    private SocketSettings socket;
    private TlsSettings tls;
    private ResolveSettings resolve;
    private BreakerSettings breaker;
    private RetrySettings retry;

    @Override
    public void customize(ConnectionManager.Builder builder) {
      builder
          .pool(
              it -> {
                pool = it.build();
                return it;
              })
          .connect(
              it -> {
                connect = it.build();
                return it;
              })
          .socket(
              it -> {
                socket = it.build();
                return it;
              })
          .tls(
              it -> {
                tls = it.build();
                return it;
              })
          .resolve(
              it -> {
                resolve = it.build();
                return it;
              })
          .circuitBreaker(
              it -> {
                breaker = it.build();
                return it;
              })
          .retry(
              it -> {
                retry = it.build();
                return it;
              });
    }
  }

  private static Built built(String... properties) {
    Built built = new Built();
    Contexts.runner()
        .withBean(TrunklineCustomizer.class, () -> built)
        .withPropertyValues(properties)
        .run(context -> assertThat(context).hasNotFailed());
    return built;
  }

  @Test
  void pool() {
    PoolSettings pool =
        built(
                "trunkline.pool.max-per-endpoint=11",
                "trunkline.pool.max-total=12",
                "trunkline.pool.max-pending=13",
                "trunkline.pool.acquire-timeout=14s",
                "trunkline.pool.idle-timeout=15s",
                "trunkline.pool.max-lifetime=16m",
                "trunkline.pool.lifetime-jitter-percent=17",
                "trunkline.pool.min-idle=1",
                "trunkline.pool.max-uses=18",
                "trunkline.pool.leak-detection=stacks",
                "trunkline.pool.forget-after=19m",
                "trunkline.connect.max-in-flight=20",
                "trunkline.connect.rate=21",
                "trunkline.connect.total-rate=22")
            .pool;
    assertThat(pool.maxPerEndpoint()).isEqualTo(11);
    assertThat(pool.maxTotal()).isEqualTo(12);
    assertThat(pool.maxPending()).isEqualTo(13);
    assertThat(pool.acquireTimeout()).isEqualTo(Duration.ofSeconds(14));
    assertThat(pool.idleTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(pool.maxLifetime()).isEqualTo(Duration.ofMinutes(16));
    assertThat(pool.lifetimeJitterPercent()).isEqualTo(17);
    assertThat(pool.minIdle()).isEqualTo(1);
    assertThat(pool.maxUses()).isEqualTo(18);
    assertThat(pool.leakStacks()).isTrue();
    assertThat(pool.forgetAfter()).isEqualTo(Duration.ofMinutes(19));
    assertThat(pool.maxDialsInFlight()).isEqualTo(20);
    assertThat(pool.dialsPerSecond()).isEqualTo(21);
    assertThat(pool.totalDialsPerSecond()).isEqualTo(22);
  }

  @Test
  void connecting() throws Exception {
    Built built =
        built(
            "trunkline.connect.timeout=11s",
            "trunkline.connect.attempt-delay=120ms",
            "trunkline.connect.fast-open=tls-only",
            "trunkline.connect.syn-retries=3",
            "trunkline.connect.local-address=127.0.0.3",
            "trunkline.connect.keepalive=false",
            "trunkline.connect.keepalive-idle=14s",
            "trunkline.connect.keepalive-interval=15s",
            "trunkline.connect.keepalive-count=16",
            "trunkline.connect.user-timeout=17s");
    assertThat(built.connect.timeout()).isEqualTo(Duration.ofSeconds(11));
    assertThat(built.connect.attemptDelay()).isEqualTo(Duration.ofMillis(120));
    assertThat(built.connect.fastOpen()).isEqualTo(FastOpen.TLS_ONLY);
    assertThat(built.connect.synRetries()).isEqualTo(3);
    assertThat(built.connect.localAddress()).contains(InetAddress.getByName("127.0.0.3"));
    assertThat(built.socket.keepAlive()).isFalse();
    assertThat(built.socket.keepAliveIdle()).isEqualTo(Duration.ofSeconds(14));
    assertThat(built.socket.keepAliveInterval()).isEqualTo(Duration.ofSeconds(15));
    assertThat(built.socket.keepAliveCount()).isEqualTo(16);
    assertThat(built.socket.userTimeout()).isEqualTo(Duration.ofSeconds(17));
  }

  @Test
  void socketsAndTls() {
    Built built =
        built(
            "trunkline.socket.read-timeout=11s",
            "trunkline.socket.write-timeout=12s",
            "trunkline.socket.tcp-no-delay=false",
            "trunkline.socket.receive-buffer=64KB",
            "trunkline.socket.send-buffer=32KB",
            "trunkline.socket.traffic-class=40",
            "trunkline.ssl.timeout=13s",
            "trunkline.ssl.protocols=TLSv1.3",
            "trunkline.ssl.cipher-suites=TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256",
            "trunkline.ssl.application-protocols=h2");
    assertThat(built.socket.readTimeout()).isEqualTo(Duration.ofSeconds(11));
    assertThat(built.socket.writeTimeout()).isEqualTo(Duration.ofSeconds(12));
    assertThat(built.socket.tcpNoDelay()).isFalse();
    assertThat(built.socket.receiveBufferBytes()).isEqualTo(64 * 1024);
    assertThat(built.socket.sendBufferBytes()).isEqualTo(32 * 1024);
    assertThat(built.socket.trafficClass()).isEqualTo(40);
    assertThat(built.tls.timeout()).isEqualTo(Duration.ofSeconds(13));
    assertThat(built.tls.protocols()).containsExactly("TLSv1.3");
    assertThat(built.tls.cipherSuites())
        .containsExactly("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256");
    assertThat(built.tls.applicationProtocols()).containsExactly("h2");
    assertThat(built.tls.sslContext()).isEmpty();
  }

  @Test
  void resolvingBreakerProbesAndRetries() {
    Built built =
        built(
            "trunkline.resolve.ttl=11s",
            "trunkline.resolve.negative-ttl=12s",
            "trunkline.resolve.stale-for=13s",
            "trunkline.resolve.slow-after=14s",
            "trunkline.resolve.balance=least-loaded",
            "trunkline.circuit-breaker.enabled=false",
            "trunkline.circuit-breaker.window=15s",
            "trunkline.circuit-breaker.minimum-dials=16",
            "trunkline.circuit-breaker.failure-rate-percent=17",
            "trunkline.circuit-breaker.counted-kinds=refused,timed-out",
            "trunkline.probe.first-after=18s",
            "trunkline.probe.longest-interval=19s",
            "trunkline.retry.max-attempts=2",
            "trunkline.retry.budget-percent=21",
            "trunkline.retry.minimum=22",
            "trunkline.retry.first-backoff=23ms",
            "trunkline.retry.longest-backoff=24ms");
    assertThat(built.resolve.ttl()).isEqualTo(Duration.ofSeconds(11));
    assertThat(built.resolve.negativeTtl()).isEqualTo(Duration.ofSeconds(12));
    assertThat(built.resolve.staleFor()).isEqualTo(Duration.ofSeconds(13));
    assertThat(built.resolve.slowAfter()).isEqualTo(Duration.ofSeconds(14));
    assertThat(built.resolve.balance()).isEqualTo(Balance.LEAST_LOADED);
    assertThat(built.breaker.enabled()).isFalse();
    assertThat(built.breaker.window()).isEqualTo(Duration.ofSeconds(15));
    assertThat(built.breaker.minimumDials()).isEqualTo(16);
    assertThat(built.breaker.failureRatePercent()).isEqualTo(17);
    assertThat(built.breaker.countedKinds())
        .containsExactlyInAnyOrder(FailureKind.REFUSED, FailureKind.TIMED_OUT);
    assertThat(built.breaker.firstProbeAfter()).isEqualTo(Duration.ofSeconds(18));
    assertThat(built.breaker.longestProbeInterval()).isEqualTo(Duration.ofSeconds(19));
    assertThat(built.retry.maxAttempts()).isEqualTo(2);
    assertThat(built.retry.budgetPercent()).isEqualTo(21);
    assertThat(built.retry.minimum()).isEqualTo(22);
    assertThat(built.retry.firstBackoff()).isEqualTo(Duration.ofMillis(23));
    assertThat(built.retry.longestBackoff()).isEqualTo(Duration.ofMillis(24));
  }

  @Test
  void namedEndpointsOverrideWhatHoldsForAll() throws Exception {
    try (LoopbackServer server = LoopbackServer.plain()) {
      Contexts.runner()
          .withPropertyValues(
              "trunkline.pool.max-per-endpoint=9",
              "trunkline.socket.read-timeout=8s",
              "trunkline.endpoints.redis.host=127.0.0.1",
              "trunkline.endpoints.redis.port=" + server.port(),
              "trunkline.endpoints.redis.pool.max-per-endpoint=2",
              "trunkline.endpoints.redis.connect.max-in-flight=1",
              "trunkline.endpoints.redis.connect.keepalive=false")
          .run(
              context -> {
                ConnectionManager manager = context.getBean(ConnectionManager.class);
                Endpoint redis =
                    context.getBean(NamedEndpoints.class).find("redis").orElseThrow().endpoint();
                assertThat(redis).isEqualTo(Endpoint.tcp("127.0.0.1", server.port()));
                try (var lease = manager.acquire(redis)) {
                  assertThat(lease.socket().getSoTimeout()).isEqualTo(8_000);
                  assertThat(lease.socket().getKeepAlive()).isFalse();
                  assertThat(manager.snapshot().endpoint(redis).orElseThrow().maxConnections())
                      .isEqualTo(2);
                }
                assertThat(manager.poolSettings(redis).maxDialsInFlight()).isEqualTo(1);
                assertThat(manager.poolSettings().maxPerEndpoint()).isEqualTo(9);
              });
    }
  }

  @Test
  void clientsThatSpeakTlsThemselvesGetTheSettingsOfTheEndpoint() {
    Contexts.runner()
        .withPropertyValues(
            "trunkline.endpoints.partner.host=partner.example",
            "trunkline.endpoints.partner.port=443",
            "trunkline.endpoints.partner.tls=true",
            "trunkline.endpoints.partner.pool.max-per-endpoint=2")
        .run(
            context -> {
              ConnectionManager manager = context.getBean(ConnectionManager.class);
              for (Endpoint each :
                  new Endpoint[] {
                    Endpoint.tls("partner.example", 443), Endpoint.tcp("partner.example", 443)
                  }) {
                assertThat(manager.poolSettings(each).maxPerEndpoint()).isEqualTo(2);
              }
            });
  }
}
