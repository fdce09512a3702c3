package io.trunkline.samples.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.trunkline.config.TransportMode;
import io.trunkline.net.EndpointResolver;
import io.trunkline.samples.cli.Page;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class DiagnoseTest {
  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void aServerThatWaitsForTheClientAnswers(TransportMode transport) throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.SILENT)) {
      Command command = Command.run(transport, server.target(), "--json", "--samples=3");

      assertThat(command.exitCode()).isZero();
      JsonNode json = command.json();
      JsonNode address = json.at("/addresses/0");
      assertThat(json.path("exitCode").intValue()).isZero();
      assertThat(json.path("verdict").textValue()).isEqualTo("The one address answers.");
      assertThat(address.path("address").textValue()).isEqualTo(server.target());
      assertThat(address.path("family").textValue()).isEqualTo("IPv4");
      assertThat(address.path("answers").booleanValue()).isTrue();
      assertThat(address.path("greeting").isNull()).isTrue();
      assertThat(address.path("samples").intValue()).isEqualTo(3);
      assertThat(address.path("failedSamples").intValue()).isZero();
      assertSpread(address.path("connect"), 3);
      assertThat(steps(address)).containsExactly("resolve", "connect");

      boolean exact = Command.isNative(transport);
      assertThat(json.at("/transport/name").textValue()).isEqualTo(exact ? "jni" : "jdk");
      assertThat(address.path("tcpInfo").isNull()).isEqualTo(!exact);
      assertThat(address.path("synRetransmits").isNull()).isEqualTo(!exact);
      assertThat(address.at("/tcpInfo/rttMicros").isMissingNode()).isEqualTo(!exact);
      assertThat(address.at("/fastOpen/words").textValue()).startsWith("not tried: ");
      assertThat(address.at("/fastOpen/tried")).isEmpty();
    }
  }

  private static void assertSpread(JsonNode spread, int count) {
    assertThat(spread.path("count").intValue()).isEqualTo(count);
    double median = spread.path("medianMillis").doubleValue();
    assertThat(spread.path("minMillis").doubleValue()).isPositive().isLessThanOrEqualTo(median);
    assertThat(spread.path("maxMillis").doubleValue()).isGreaterThanOrEqualTo(median);
  }

  private static List<String> steps(JsonNode address) {
    List<String> names = new ArrayList<>();
    address.at("/waterfall/steps").forEach(step -> names.add(step.path("name").textValue()));
    return names;
  }

  @Test
  void aGreetingIsShownAndCannotHarmTheTerminal() throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.GREETING)) {
      Command command = Command.run(TransportMode.AUTO, server.target());

      assertThat(command.exitCode()).isZero();
      assertThat(command.out())
          .containsPattern("greeting +220 \\?\\[31mready\n")
          .doesNotContain("second line");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void aRequestIsTimedToItsFirstByte(TransportMode transport) throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.HTTP)) {
      Command command =
          Command.run(transport, server.target(), "--json", "--http", "/health?full=1");

      assertThat(command.exitCode()).isZero();
      JsonNode address = command.json().at("/addresses/0");
      assertThat(address.path("statusLine").textValue()).isEqualTo("HTTP/1.1 204 No Content");
      assertThat(steps(address)).containsExactly("resolve", "connect", "first byte");
      assertSpread(address.path("firstByte"), 5);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void aRequestThatIsNotAnsweredFailsAtItsFirstByte(TransportMode transport) throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.SILENT)) {
      Command command =
          Command.run(transport, server.target(), "--json", "--http=/", "--timeout=0.5");

      assertThat(command.exitCode()).isEqualTo(29);
      JsonNode address = command.json().at("/addresses/0");
      assertThat(address.at("/failure/kind").textValue()).isEqualTo("READ_TIMED_OUT");
      assertThat(address.at("/failure/requestBytesSent").booleanValue()).isTrue();
      assertThat(address.path("failedSamples").intValue()).isEqualTo(2);
      assertThat(steps(address)).containsExactly("resolve", "connect", "first byte");
      assertThat(address.at("/waterfall/steps/1/failed").booleanValue()).isFalse();
      assertThat(address.at("/waterfall/steps/2/failed").booleanValue()).isTrue();
      assertThat(address.at("/waterfall/steps/2/millis").doubleValue()).isGreaterThan(450);
    }
  }

  @Test
  void fastOpenIsTriedWhereThereIsSomethingToSend() throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.HTTP)) {
      Command command = Command.run(TransportMode.AUTO, server.target(), "--json", "--http", "/");

      JsonNode fastOpen = command.json().at("/addresses/0/fastOpen");
      boolean possible =
          Command.isNative(TransportMode.AUTO) && fastOpen.path("kernelClient").booleanValue();
      // A socket of the JDK gives no cookies.
      assertThat(fastOpen.path("tried").toString())
          .isEqualTo(possible ? "[\"NO_COOKIE\",\"NO_COOKIE\"]" : "[]");
    }
  }

  @Test
  void aServerThatClosesAtOnceHasFailed() throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.CLOSING)) {
      Command command = Command.run(TransportMode.AUTO, server.target(), "--json");

      assertThat(command.exitCode()).isEqualTo(16);
      JsonNode failure = command.json().at("/addresses/0/failure");
      assertThat(failure.path("kind").textValue()).isEqualTo("PEER_CLOSED");
      assertThat(failure.path("note").textValue()).contains("before anything was sent");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void aRefusalIsExplained(TransportMode transport) throws Exception {
    Command command = Command.run(transport, "127.0.0.1:" + freePort(), "--json");

    assertThat(command.exitCode()).isEqualTo(11);
    JsonNode address = command.json().at("/addresses/0");
    assertThat(address.path("answers").booleanValue()).isFalse();
    assertThat(address.at("/failure/kind").textValue()).isEqualTo("REFUSED");
    assertThat(address.at("/failure/phase").textValue()).isEqualTo("CONNECT");
    assertThat(address.at("/failure/errnoName").textValue())
        .isEqualTo(Command.isNative(transport) ? "ECONNREFUSED" : "");
    assertThat(address.at("/failure/hint").textValue()).contains("nothing listens");
    assertThat(address.at("/failure/explained").textValue()).isEqualTo("docs/failures.md#refused");
    assertThat(address.at("/waterfall/steps/1/failed").booleanValue()).isTrue();
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, LocalServer.address())) {
      return free.getLocalPort();
    }
  }

  @Test
  void aFullAcceptQueueTimesOutAfterTheTimeoutThatWasAskedFor() throws Exception {
    List<Socket> fillers = new ArrayList<>();
    try (ServerSocket deaf = new ServerSocket(0, 1, LocalServer.address())) {
      fill(deaf, fillers);

      Command command =
          Command.run(
              TransportMode.AUTO, "127.0.0.1:" + deaf.getLocalPort(), "--json", "--timeout=1");

      assertThat(command.exitCode()).isEqualTo(12);
      JsonNode failure = command.json().at("/addresses/0/failure");
      assertThat(failure.path("kind").textValue()).isEqualTo("TIMED_OUT");
      assertThat(failure.path("elapsedMillis").doubleValue()).isBetween(900.0, 4_000.0);
      if (Command.isNative(TransportMode.AUTO)) {
        assertThat(failure.path("unansweredSyns").intValue()).isPositive();
      }
    } finally {
      for (Socket each : fillers) {
        each.close();
      }
    }
  }

  private static void fill(ServerSocket deaf, List<Socket> fillers) throws IOException {
    while (fillers.size() < 20) {
      Socket filler = new Socket();
      fillers.add(filler);
      try {
        filler.connect(deaf.getLocalSocketAddress(), 500);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
    throw new AssertionError("the accept queue did not fill");
  }

  @Test
  void aNameThatDoesNotExistIsExplained() throws Exception {
    Command command = Command.run(TransportMode.AUTO, "no-such-host.invalid:80", "--json");

    assertThat(command.exitCode()).isEqualTo(10);
    JsonNode json = command.json();
    assertThat(json.at("/failure/kind").textValue()).isEqualTo("RESOLUTION_FAILED");
    assertThat(json.path("addresses")).isEmpty();
    assertThat(json.path("verdict").textValue()).contains("host name not resolved");
    Command forPeople = Command.run(TransportMode.AUTO, "no-such-host.invalid:80");
    assertThat(forPeople.out()).contains("FAILED: host name not resolved", "getent ahosts");
  }

  @Test
  void anAddressWithoutARouteIsExplained() throws Exception {
    Command command = Command.run(TransportMode.AUTO, "224.0.0.1:80", "--json");

    boolean exact = Command.isNative(TransportMode.AUTO);
    assertThat(command.exitCode()).isEqualTo(exact ? 14 : 36);
    assertThat(command.json().at("/addresses/0/failure/kind").textValue())
        .isEqualTo(exact ? "NETWORK_UNREACHABLE" : "OTHER");
  }

  @Test
  void oneDeadAddressOfTwoIsFoundAndDecidesTheExitCode() throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.SILENT)) {
      EndpointResolver two =
          endpoint ->
              List.of(
                  new InetSocketAddress("127.0.0.1", server.port()),
                  new InetSocketAddress("127.0.0.2", server.port()));
      String target = "service.example:" + server.port();

      Command command = Command.run(two, target, "--json");

      assertThat(command.exitCode()).isEqualTo(11);
      JsonNode json = command.json();
      assertThat(json.path("addresses")).hasSize(2);
      String dead = "127.0.0.2:" + server.port();
      assertThat(json.path("verdict").textValue())
          .isEqualTo("1 of 2 addresses can be used; " + dead + ": connection refused.");
      assertThat(json.at("/differences/0").textValue())
          .isEqualTo(dead + " does not answer (connection refused), " + server.target() + " does");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void theReportForPeopleFitsIntoHundredColumnsOfAscii(TransportMode transport) throws Exception {
    try (LocalServer server = LocalServer.tcp(LocalServer.HTTP)) {
      EndpointResolver two =
          endpoint ->
              List.of(
                  new InetSocketAddress("127.0.0.1", server.port()),
                  new InetSocketAddress("127.0.0.2", server.port()));
      String target = "service.example:" + server.port();

      String text = Command.run(transport, two, target, "--http=/").out();

      assertThat(text)
          .contains("DIAGNOSIS OF " + target, "2 addresses", "HTTP/1.1 400 Bad", "Different: ")
          .contains("1. " + server.target() + " (IPv4) answers")
          .contains("2. 127.0.0.2:" + server.port() + " (IPv4) FAILED: connection refused")
          .contains("docs/failures.md#refused", "1 of 2 addresses can be used")
          .containsPattern("connect +\\S+ ms +\\| *#+ *\\|")
          .containsPattern("connect +\\S+ ms +\\| *x+ *\\| failed")
          .containsPattern("connect +5 times: min \\S+ ms, median \\S+ ms, max \\S+ ms, jitter")
          .matches("[\\n\\x20-\\x7e]*");
      assertThat(text.lines()).allMatch(line -> line.length() <= Page.COLUMNS);
      boolean exact = Command.isNative(transport);
      assertThat(text.contains("jdk transport")).isEqualTo(!exact);
      assertThat(text.contains("kernel RTT")).isEqualTo(exact);
      assertThat(text.contains("MSS ")).isEqualTo(exact);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "host:80 --bogus|--bogus",
        "nowhere|HOST:PORT",
        "host:70000|70000",
        "host:80 --timeout=0|--timeout must be 0.1 to 3600 seconds, but was 0.0",
        "host:80 --timeout=soon|soon",
        "host:80 --samples=0|--samples must be 1 to 100, but was 0",
        "host:80 --http=health|must be a path that begins with /",
        "host:80 --alpn=h2|--alpn needs --tls",
        "host:80 --tls --http=/ --alpn=h2|--http speaks http/1.1",
        "host:80 --tls --cacert=/no/such/file|--cacert cannot be read",
        "host:80 other:80|other:80",
      })
  void aWrongCommandLineGetsTheReasonAndTheUsage(String args, String reason) {
    Command command = Command.run(TransportMode.AUTO, args.split(" "));

    assertThat(command.exitCode()).isEqualTo(2);
    assertThat(command.out()).isEmpty();
    List<String> lines = command.err().lines().toList();
    assertThat(lines.get(0)).startsWith("diagnose: ").contains(reason);
    assertThat(lines.get(1)).startsWith("Usage: samples/diagnose.sh ");
  }

  @Test
  void noTargetIsAWrongCommandLine() {
    Command command = Command.run(TransportMode.AUTO);

    assertThat(command.exitCode()).isEqualTo(2);
    assertThat(command.err()).contains("HOST:PORT");
  }
}
