package io.trunkline.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.TrunklineSocketFactory;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background;
import io.trunkline.testing.FullBacklog;
import io.trunkline.testing.ServerProcess;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The PostgreSQL JDBC driver, which is given the factory by the name of its class. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PgjdbcTest {
  private static PostgresServer server;

  @BeforeAll
  static void startServer() throws Exception {
    server = PostgresServer.start();
  }

  @AfterAll
  static void stopServer() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("user", PostgresServer.USER);
    properties.setProperty("password", PostgresServer.PASSWORD);
    properties.setProperty("socketFactory", TrunklineSocketFactory.class.getName());
    properties.setProperty("sslmode", "disable");
    properties.setProperty("gssEncMode", "disable");
    return properties;
  }

  private static Connection connect(PostgresServer to) throws SQLException {
    return DriverManager.getConnection(url(to.port()), properties());
  }

  private static String url(int port) {
    return "jdbc:postgresql://localhost:" + port + "/postgres";
  }

  private static Throwable failing(int port, String property, String value) {
    Properties properties = properties();
    properties.setProperty(property, value);
    return Background.thrownBy(() -> DriverManager.getConnection(url(port), properties).close());
  }

  private static long number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(1);
    }
  }

  @Test
  void queriesAndTransactions() throws Exception {
    try (Connection connection = connect(server)) {
      assertThat(number(connection, "SELECT 1")).isEqualTo(1);
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE TEMPORARY TABLE numbers (n bigint)");
      }
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO numbers VALUES (?)")) {
        for (int i = 1; i <= 500; i++) {
          insert.setLong(1, i);
          insert.addBatch();
        }
        assertThat(insert.executeBatch()).hasSize(500);
      }
      connection.commit();
      assertThat(number(connection, "SELECT sum(n) FROM numbers")).isEqualTo(125_250);
      assertThat(connection.isValid(5)).isTrue();
    }
  }

  @Test
  void largeResultsAndLargeParametersArriveWhole() throws Exception {
    try (Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      statement.setFetchSize(0);
      long sum = 0;
      int count = 0;
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT n, repeat('x', 100) FROM generate_series(1, 100000) AS n")) {
        while (rows.next()) {
          sum += rows.getLong(1);
          count += rows.getString(2).length() == 100 ? 1 : 0;
        }
      }
      assertThat(count).isEqualTo(100_000);
      assertThat(sum).isEqualTo(5_000_050_000L);
      try (PreparedStatement length = connection.prepareStatement("SELECT length(?)")) {
        length.setString(1, "y".repeat(5_000_000));
        try (ResultSet rows = length.executeQuery()) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getInt(1)).isEqualTo(5_000_000);
        }
      }
    }
  }

  @Test
  void manyConnectionsWorkAtOnce() throws Exception {
    List<Background<Long>> workers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int mine = i;
      workers.add(
          Background.start(
              () -> {
                try (Connection connection = connect(server)) {
                  long sum = 0;
                  for (int j = 0; j < 100; j++) {
                    sum += number(connection, "SELECT " + (1_000 * mine + j));
                  }
                  return sum;
                }
              }));
    }
    for (int i = 0; i < workers.size(); i++) {
      assertThat(workers.get(i).get()).isEqualTo(100_000L * i + 4_950);
    }
  }

  @Test
  void readLimitOfTheDriverHolds() throws Exception {
    try (Connection connection = connect(server)) {
      connection.setNetworkTimeout(Runnable::run, 200);
      Throwable late = Background.thrownBy(() -> number(connection, "SELECT 1 FROM pg_sleep(20)"));
      assertThat(late).isInstanceOf(SQLException.class);
      assertKind(late, FailureKind.READ_TIMED_OUT);
    }
  }

  // ---- what the driver's exceptions tell ----

  @Test
  void refusedConnectionIsTold() throws Exception {
    int nobody = ServerProcess.freePort();
    Throwable thrown = failing(nobody, "connectTimeout", "5");
    assertThat(thrown).isInstanceOf(SQLException.class);
    assertThat(((SQLException) thrown).getSQLState()).isEqualTo("08001");
    ConnectionFailure failure = assertKind(thrown, FailureKind.REFUSED);
    assertThat(failure.endpoint()).contains(Endpoint.tcp("localhost", nobody));
  }

  @Test
  void connectTimeoutOfTheDriverIsTold() throws Exception {
    try (FullBacklog backlog = new FullBacklog()) {
      long start = System.nanoTime();
      Throwable thrown = failing(backlog.address().getPort(), "connectTimeout", "1");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofMillis(990), Duration.ofSeconds(4));
      assertKind(thrown, FailureKind.TIMED_OUT);
    }
  }

  @Test
  void serverThatIsKilledWhileAConnectionIsIdleIsTold() throws Exception {
    try (PostgresServer doomed = PostgresServer.start();
        Connection connection = connect(doomed)) {
      assertThat(number(connection, "SELECT 1")).isEqualTo(1);
      doomed.kill();
      Throwable thrown = Background.thrownBy(() -> number(connection, "SELECT 1"));
      assertThat(thrown).isInstanceOf(SQLException.class);
      // A dying server may say farewell first (57P02), which the driver then reads.
      assertThat(((SQLException) thrown).getSQLState()).matches("08...|57P0.");
      Await.until("the driver has closed it", connection::isClosed);
      assertKind(Background.thrownBy(() -> connect(doomed)), FailureKind.REFUSED);
    }
  }

  private static ConnectionFailure assertKind(Throwable thrown, FailureKind kind) {
    Optional<ConnectionFailure> failure = Failures.find(thrown);
    assertThat(failure).as("a failure in %s", thrown).isPresent();
    assertThat(failure.get().kind()).as(thrown.toString()).isEqualTo(kind);
    return failure.get();
  }
}
