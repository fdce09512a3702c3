package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.failure.PoolExhaustedException;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ScriptedServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Settings that hold for one endpoint alone. */
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndpointOverridesTest {
  private static final Endpoint SOME = Endpoint.tcp("some.example", 1);

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

  @AfterEach
  void closeAll() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  private <T extends AutoCloseable> T closing(T resource) {
    toClose.push(resource);
    return resource;
  }

  private ConnectionManager manager(UnaryOperator<ConnectionManager.Builder> change) {
    return closing(change.apply(ConnectionManager.builder()).build());
  }

  private EchoServer server() throws IOException {
    return closing(new EchoServer());
  }

  private static FailureKind kindOfFailure(ConnectionManager manager, Endpoint endpoint) {
    Throwable thrown = catchThrowable(() -> manager.acquire(endpoint));
    return Failures.find(thrown).orElseThrow().kind();
  }

  @Test
  void capsAndAcquireTimeoutAreThoseOfTheEndpoint() throws Exception {
    Endpoint narrow = server().endpoint();
    Endpoint other = server().endpoint();
    ConnectionManager manager =
        manager(
            builder ->
                builder
                    .endpoint(
                        narrow,
                        e -> e.pool(p -> p.maxPerEndpoint(1).acquireTimeout(Duration.ofMillis(50))))
                    .pool(p -> p.maxPerEndpoint(3)));
    try (Lease first = manager.acquire(narrow, Duration.ofSeconds(5));
        Lease ofOther = manager.acquire(other);
        Lease secondOfOther = manager.acquire(other)) {
      assertThatThrownBy(() -> manager.acquire(narrow)).isInstanceOf(PoolExhaustedException.class);
      assertThat(manager.snapshot().endpoint(narrow).orElseThrow().maxConnections()).isEqualTo(1);
      assertThat(manager.snapshot().endpoint(other).orElseThrow().maxConnections()).isEqualTo(3);
    }
  }

  @Test
  void whatIsNotChangedIsThatOfTheManagerWhicheverIsSetFirst() throws Exception {
    Endpoint endpoint = server().endpoint();
    ConnectionManager manager =
        manager(
            builder ->
                builder
                    .endpoint(endpoint, e -> e.pool(p -> p.maxPerEndpoint(2)))
                    .endpoint(endpoint, e -> e.socket(s -> s.keepAlive(false)))
                    .socket(s -> s.readTimeout(Duration.ofMillis(1_234))));
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.socket().getSoTimeout()).isEqualTo(1_234);
      assertThat(lease.socket().getKeepAlive()).isFalse();
      assertThat(manager.snapshot().endpoint(endpoint).orElseThrow().maxConnections()).isEqualTo(2);
    }
  }

  @Test
  void settingsOfTheManagerGoOnWhereTheyWere() throws Exception {
    Endpoint endpoint = server().endpoint();
    ConnectionManager manager =
        manager(
            builder ->
                builder
                    .socket(s -> s.readTimeout(Duration.ofMillis(1_234)))
                    .socket(s -> s.keepAlive(false)));
    try (Lease lease = manager.acquire(endpoint)) {
      assertThat(lease.socket().getSoTimeout()).isEqualTo(1_234);
      assertThat(lease.socket().getKeepAlive()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(value = TransportMode.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
  void silentEndpointIsGivenUpAfterItsOwnConnectTimeout(TransportMode transport) throws Exception {
    FullBacklog silent = closing(new FullBacklog());
    Endpoint endpoint = Endpoint.tcp("127.0.0.1", silent.address().getPort());
    ConnectionManager manager =
        manager(
            builder ->
                builder
                    .transport(transport)
                    .connect(c -> c.timeout(Duration.ofSeconds(30)))
                    .endpoint(endpoint, e -> e.connect(c -> c.timeout(Duration.ofMillis(200)))));
    long start = System.nanoTime();
    assertThat(kindOfFailure(manager, endpoint)).isEqualTo(FailureKind.TIMED_OUT);
    assertThat(manager.probe(endpoint).answered()).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(9));
  }

  @ParameterizedTest
  @EnumSource(value = TransportMode.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
  void eachEndpointHasItsOwnContextWhichMayBeRenewed(TransportMode transport) throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.tls(Certificates.server(Certificates.LOCALHOST), ScriptedServer::echo));
    Endpoint trusting = Endpoint.tls("127.0.0.1", server.address().getPort());
    Endpoint suspicious = Endpoint.tls("localhost", server.address().getPort());
    AtomicReference<SSLContext> renewed = new AtomicReference<>(Certificates.client());
    ConnectionManager manager =
        manager(
            builder ->
                builder
                    .transport(transport)
                    .endpoint(trusting, e -> e.tls(t -> t.sslContext(any -> renewed.get()))));
    manager.acquire(trusting).release();
    assertThat(kindOfFailure(manager, suspicious)).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
    renewed.set(SSLContext.getDefault());
    manager.acquire(trusting).release(); // the connection that is there goes on
    manager.drain(trusting);
    assertThat(kindOfFailure(manager, trusting)).isEqualTo(FailureKind.CERTIFICATE_UNTRUSTED);
  }

  @Test
  void whatAllEndpointsShareCannotBeChangedForOne() {
    assertThatThrownBy(() -> manager(b -> b.endpoint(SOME, e -> e.pool(p -> p.maxTotal(5)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "pool.max-total is the same for all endpoints, 1024, but was 5 for some.example:1");
    assertThatThrownBy(
            () ->
                manager(
                    b -> b.endpoint(SOME, e -> e.pool(p -> p.idleTimeout(Duration.ofSeconds(1))))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "pool.idle-timeout is the same for all endpoints, PT1M, but was PT1S");
  }

  @Test
  void badValueIsRefusedByItsName() {
    assertThatThrownBy(() -> manager(b -> b.endpoint(SOME, e -> e.pool(p -> p.maxPerEndpoint(0)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pool.max-per-endpoint must be from 1");
  }
}
