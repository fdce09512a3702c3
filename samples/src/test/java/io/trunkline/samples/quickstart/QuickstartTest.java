package io.trunkline.samples.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.samples.cli.Page;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(60)
class QuickstartTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(TransportMode transport, String... args) {
    CommandLine line = QuickstartCommand.commandLine(Effort.SHORT, transport);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    return line.execute(args);
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "JDK"})
  void everythingTurnsOutAsAnnounced(TransportMode transport) throws Exception {
    int exit = run(transport, "--json");

    assertThat(err.toString()).doesNotContain("not as announced");
    assertThat(exit).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("ok").booleanValue()).isTrue();
    assertThat(json.path("next").textValue()).contains("docs/failures.md");
    boolean exact = isNative(transport);
    assertThat(json.at("/transport/name").textValue()).isEqualTo(exact ? "jni" : "jdk");
    assertThat(json.path("tcpInfo").isNull()).isEqualTo(!exact);

    assertThat(json.path("comparisons")).hasSize(2);
    for (JsonNode comparison : json.path("comparisons")) {
      assertComparison(comparison);
    }
    assertFailures(json, exact);
  }

  private static boolean isNative(TransportMode transport) {
    try (ConnectionManager manager = ConnectionManager.builder().transport(transport).build()) {
      return manager.transport().isNative();
    }
  }

  private static void assertComparison(JsonNode comparison) {
    JsonNode plain = comparison.at("/variants/0");
    JsonNode dialled = comparison.at("/variants/1");
    JsonNode pooled = comparison.at("/variants/2");
    assertThat(plain.path("handshakes").longValue())
        .isPositive()
        .isEqualTo(plain.path("requests").longValue());
    assertThat(dialled.path("handshakes").longValue())
        .isPositive()
        .isEqualTo(dialled.path("requests").longValue());
    assertThat(pooled.path("handshakes").longValue()).isBetween(1L, 3L);
    assertThat(pooled.path("reuseRatio").doubleValue()).isGreaterThan(0.9).isLessThan(1);
    assertThat(pooled.path("p50Micros").doubleValue())
        .isPositive()
        .isLessThan(plain.path("p50Micros").doubleValue());
    assertThat(comparison.path("serverHandshakes").longValue())
        .isEqualTo(
            plain.path("handshakes").longValue()
                + dialled.path("handshakes").longValue()
                + pooled.path("handshakes").longValue());
  }

  private static void assertFailures(JsonNode json, boolean exact) {
    assertThat(json.path("failures")).hasSize(7);
    assertThat(facts(json, "refused").path("kind").textValue()).isEqualTo("REFUSED");
    assertThat(facts(json, "refused").path("errno").intValue()).isEqualTo(exact ? 111 : 0);

    JsonNode timedOut = facts(json, "timed out");
    assertThat(timedOut.path("kind").textValue()).isEqualTo("TIMED_OUT");
    assertThat(timedOut.path("elapsedMillis").doubleValue()).isBetween(1_150.0, 5_000.0);
    if (exact) {
      assertThat(timedOut.path("unansweredSyns").intValue()).isBetween(2, 5);
    } else {
      assertThat(timedOut.path("unansweredSyns").isNull()).isTrue();
    }

    assertThat(facts(json, "unreachable").path("kind").textValue())
        .isEqualTo(exact ? "NETWORK_UNREACHABLE" : "OTHER");

    JsonNode reset = facts(json, "reset");
    assertThat(reset.path("kind").textValue()).isEqualTo("RESET");
    assertThat(reset.path("phase").textValue()).isEqualTo("READ");
    assertThat(reset.path("requestBytesSent").booleanValue()).isTrue();
    assertThat(reset.path("advice").textValue()).isEqualTo("NEW_CONNECTION_NOW");

    JsonNode stale = failure(json, "stale connection").path("stale");
    assertThat(stale.path("pooledAnswered").booleanValue()).isTrue();
    assertThat(stale.path("handshakesBefore").intValue()).isEqualTo(1);
    assertThat(stale.path("handshakesAfter").intValue()).isEqualTo(2);
    assertThat(stale.path("failedDials").intValue()).isZero();
    assertThat(stale.path("plainSocket").textValue()).doesNotContain("an answer");

    JsonNode acquire = facts(json, "acquire timed out");
    assertThat(acquire.path("kind").textValue()).isEqualTo("ACQUIRE_TIMED_OUT");
    assertThat(acquire.path("message").textValue()).contains("1 of 1 connections leased");
    assertThat(facts(json, "not resolved").path("kind").textValue()).isEqualTo("RESOLUTION_FAILED");
  }

  private static JsonNode facts(JsonNode json, String name) {
    return failure(json, name).path("facts");
  }

  private static JsonNode failure(JsonNode json, String name) {
    for (JsonNode each : json.path("failures")) {
      if (each.path("name").textValue().equals(name)) {
        return each;
      }
    }
    throw new AssertionError("no failure \"" + name + "\" in " + json);
  }

  @Test
  void theReportFitsIntoHundredColumnsOfAscii() {
    assertThat(run(TransportMode.AUTO)).isZero();

    assertThat(out.toString())
        .contains("TCP echo, 64 bytes", "1. Refused", "7. Not resolved", "docs/failures.md")
        .matches("[\\n\\x20-\\x7e]*");
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= Page.COLUMNS);
    assertThat(err.toString()).contains("[ 1/10]", "[10/10]");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void comparesOnAForeignEndpoint(boolean greets) throws Exception {
    // Kept reachable: the JDK closes a socket that nobody holds any more.
    List<Socket> accepted = Collections.synchronizedList(new ArrayList<>());
    try (ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress())) {
      Thread server = new Thread(() -> accept(listener, accepted, greets));
      server.start();

      int exit = run(TransportMode.AUTO, "--json", "--tcp", "127.0.0.1:" + listener.getLocalPort());

      assertThat(err.toString()).doesNotContain("not as announced");
      assertThat(exit).isZero();
      listener.close();
      server.join();
    }
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.at("/comparisons/0/variants/1/handshakes").intValue()).isEqualTo(1);
    assertThat(json.at("/comparisons/0/variants/1/reuseRatio").doubleValue()).isGreaterThan(0.9);
    assertThat(json.path("failures")).isEmpty();
    assertThat(accepted).hasSizeBetween(10, 99);
    for (Socket each : accepted) {
      each.close();
    }
  }

  /** Accepts, and leaves it to the client to close. */
  private static void accept(ServerSocket listener, List<Socket> accepted, boolean greets) {
    while (true) {
      try {
        Socket socket = listener.accept();
        accepted.add(socket);
        if (greets) {
          socket.getOutputStream().write("220 ready\r\n".getBytes(StandardCharsets.US_ASCII));
        }
      } catch (IOException closed) {
        return;
      }
    }
  }

  @Test
  void aForeignEndpointThatRefusesIsExplainedAndFailsTheRun() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    assertThat(run(TransportMode.AUTO, "--json", "--tcp", "127.0.0.1:" + port)).isEqualTo(1);

    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("ok").booleanValue()).isFalse();
    assertThat(json.at("/failures/0/facts/kind").textValue()).isEqualTo("REFUSED");
    assertThat(err.toString()).contains("not as announced: no connection to 127.0.0.1:" + port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--bogus",
        "word",
        "--tcp",
        "--tcp=nowhere",
        "--tcp=host:70000",
        "--tcp=host:0",
        "--tcp=host:http",
        "--tcp=:80",
        "--tcp=tls://host:443"
      })
  void aWrongCommandLineGetsTheReasonAndTheUsage(String arg) {
    assertThat(run(TransportMode.AUTO, arg)).isEqualTo(2);

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines().toList())
        .hasSize(3)
        .satisfies(
            lines -> {
              assertThat(lines.get(0)).startsWith("quickstart: ").contains(reason(arg));
              assertThat(lines.get(1)).startsWith("Usage: samples/quickstart.sh ");
            });
  }

  private static String reason(String arg) {
    return switch (arg) {
      case "--tcp" -> "Missing required parameter";
      case "--tcp=nowhere" -> "HOST:PORT";
      case "--tcp=host:70000" -> "70000";
      case "--tcp=host:0" -> "port must be 1 to 65535, but was 0";
      case "--tcp=host:http" -> "port number";
      case "--tcp=:80" -> "host must have";
      case "--tcp=tls://host:443" -> "--tcp takes HOST:PORT without tls://";
      default -> arg;
    };
  }

  @Test
  void helpSaysWhatTcpDoes() {
    assertThat(run(TransportMode.AUTO, "--help")).isZero();

    assertThat(out.toString()).contains("--tcp=HOST:PORT", "fewer than 100 connections", "--json");
  }
}
