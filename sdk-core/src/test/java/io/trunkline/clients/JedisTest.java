package io.trunkline.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.TrunklineSocketFactory;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.ConnectionFactory;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.providers.PooledConnectionProvider;

/** Redis: through Jedis over the factory's sockets, and through leases of the manager. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JedisTest {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static RedisServer server;
  private static ConnectionManager manager;

  @BeforeAll
  static void startServer() throws Exception {
    server = RedisServer.start();
    manager = ConnectionManager.builder().build();
  }

  @AfterAll
  static void stopServer() throws Exception {
    if (server != null) {
      manager.close();
      server.close();
    }
  }

  /** What docs/clients.md shows. */
  private static JedisSocketFactory sockets(String host, int port, int connectTimeoutMillis) {
    TrunklineSocketFactory factory = new TrunklineSocketFactory(manager);
    return () -> {
      try {
        Socket socket = factory.createSocket();
        socket.connect(InetSocketAddress.createUnresolved(host, port), connectTimeoutMillis);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
      } catch (IOException failed) {
        throw new JedisConnectionException("cannot connect to " + host + ":" + port, failed);
      }
    };
  }

  private static JedisClientConfig authenticated() {
    return DefaultJedisClientConfig.builder()
        .autoNegotiateProtocol(false)
        .password(RedisServer.PASSWORD)
        .database(2)
        .build();
  }

  private static Jedis jedis() {
    return new Jedis(sockets("localhost", server.port(), TIMEOUT_MILLIS), authenticated());
  }

  @Test
  void valuesAreSetAndGot() {
    try (Jedis jedis = jedis()) {
      assertThat(jedis.ping()).isEqualTo("PONG");
      assertThat(jedis.set("colour", "green")).isEqualTo("OK");
      assertThat(jedis.get("colour")).isEqualTo("green");
      String large = "z".repeat(3_000_000);
      jedis.set("large", large);
      assertThat(jedis.get("large")).isEqualTo(large);
    }
  }

  @Test
  void wrongPasswordIsTheServersAnswer() {
    JedisClientConfig wrong =
        DefaultJedisClientConfig.builder().autoNegotiateProtocol(false).password("no").build();
    Throwable thrown =
        Background.thrownBy(
            () -> new Jedis(sockets("localhost", server.port(), TIMEOUT_MILLIS), wrong).ping());
    assertThat(thrown).isInstanceOf(JedisDataException.class).hasMessageContaining("WRONGPASS");
  }

  @Test
  void poolOfJedisWorksOverItsSockets() throws Exception {
    ConnectionFactory connections =
        new ConnectionFactory(sockets("localhost", server.port(), TIMEOUT_MILLIS), authenticated());
    try (RedisClient client =
        RedisClient.builder()
            .connectionProvider(new PooledConnectionProvider(connections))
            .build()) {
      client.del("count");
      List<Background<Long>> workers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        workers.add(
            Background.start(
                () -> {
                  for (int j = 0; j < 200; j++) {
                    client.incr("count");
                  }
                  return 0L;
                }));
      }
      for (Background<Long> worker : workers) {
        worker.get();
      }
      assertThat(client.get("count")).isEqualTo("1600");
    }
  }

  @Test
  void failuresToConnectAreTold() throws Exception {
    int nobody = ServerProcess.freePort();
    Throwable refused =
        Background.thrownBy(
            () -> new Jedis(sockets("localhost", nobody, TIMEOUT_MILLIS), authenticated()).ping());
    assertThat(refused).isInstanceOf(JedisConnectionException.class);
    assertThat(assertKind(refused, FailureKind.REFUSED).endpoint())
        .contains(Endpoint.tcp("localhost", nobody));
    try (FullBacklog backlog = new FullBacklog()) {
      JedisSocketFactory silent = sockets("127.0.0.1", backlog.address().getPort(), 200);
      assertKind(
          Background.thrownBy(() -> new Jedis(silent, authenticated()).ping()),
          FailureKind.TIMED_OUT);
    }
  }

  @Test
  void serverThatIsKilledWhileAConnectionIsIdleIsTold() throws Exception {
    try (RedisServer doomed = RedisServer.start();
        Jedis jedis =
            new Jedis(sockets("localhost", doomed.port(), TIMEOUT_MILLIS), authenticated())) {
      assertThat(jedis.ping()).isEqualTo("PONG");
      doomed.kill();
      assertThat(Background.thrownBy(jedis::ping)).isInstanceOf(JedisConnectionException.class);
      assertThat(jedis.isBroken()).isTrue();
    }
  }

  // ---- without Jedis ----

  /** AUTH and SELECT once for each connection; PING over one that was authenticated before. */
  @Test
  void leasesAreAuthenticatedOnceForEachConnection() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    Endpoint redis = Endpoint.tcp("localhost", server.port());
    try (ConnectionManager leasing =
        ConnectionManager.builder()
            .pool(p -> p.maxPerEndpoint(2))
            .onOpen(
                lease -> {
                  opened.incrementAndGet();
                  command(lease, "AUTH " + RedisServer.PASSWORD, "+OK");
                  command(lease, "SELECT 3", "+OK");
                })
            .build()) {
      List<Background<Long>> callers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        callers.add(
            Background.start(
                () -> {
                  for (int j = 0; j < 200; j++) {
                    try (Lease lease = leasing.acquire(redis, Duration.ofSeconds(10))) {
                      command(lease, "PING", "+PONG");
                      lease.release();
                    }
                  }
                  return 0L;
                }));
      }
      for (Background<Long> caller : callers) {
        caller.get();
      }
      assertThat(opened).hasValueBetween(1, 2);
    }
  }

  private static void command(Lease lease, String line, String answer) throws IOException {
    lease.output().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    byte[] got = lease.input().readNBytes(answer.length() + 2);
    assertThat(new String(got, StandardCharsets.US_ASCII)).isEqualTo(answer + "\r\n");
  }

  private static ConnectionFailure assertKind(Throwable thrown, FailureKind kind) {
    Optional<ConnectionFailure> failure = Failures.find(thrown);
    assertThat(failure).as("a failure in %s", thrown).isPresent();
    assertThat(failure.get().kind()).as(thrown.toString()).isEqualTo(kind);
    return failure.get();
  }
}
