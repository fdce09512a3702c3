package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;

/** Each fault of a server ends as with OkHttp alone, and has a kind. */
class FaultsTest extends Fixture {
  private static final SocketEffect CLOSE = new SocketEffect.CloseSocket();
  private static final SocketEffect HALF = new SocketEffect.CloseSocket(false, false, true);
  private static final SocketEffect STALL = SocketEffect.Stall.INSTANCE;
  private static final SocketEffect STREAM = new SocketEffect.CloseStream(2);
  private static final SocketEffect GO_AWAY = SocketEffect.ShutdownConnection.INSTANCE;

  /** What became of the faulty call, and of the one after it. */
  private record Outcome(String first, String then, int requests) {}

  private static Map<String, MockResponse> faults(Protocol protocol, boolean tls) {
    Map<String, MockResponse> faults = new TreeMap<>();
    Map<String, SocketEffect> effects =
        tls || protocol != Protocol.HTTP_1_1
            ? Map.of("close", CLOSE, "stream", STREAM)
            : Map.of("close", CLOSE, "half", HALF, "stream", STREAM, "go away", GO_AWAY);
    for (Map.Entry<String, SocketEffect> each : effects.entrySet()) {
      String name = each.getKey();
      SocketEffect effect = each.getValue();
      faults.put(name + " at the request's start", faulty().onRequestStart(effect).build());
      faults.put(name + " at the request's body", faulty().onRequestBody(effect).build());
      faults.put(name + " at the response's start", faulty().onResponseStart(effect).build());
      faults.put(name + " at the response's body", faulty().onResponseBody(effect).build());
      faults.put(name + " at the response's end", faulty().onResponseEnd(effect).build());
    }
    if (!tls) {
      faults.put("stall at the response's start", faulty().onResponseStart(STALL).build());
      faults.put("stall at the response's body", faulty().onResponseBody(STALL).build());
    }
    return faults;
  }

  private static MockResponse.Builder faulty() {
    return new MockResponse.Builder().body("faulty".repeat(100));
  }

  @Test
  void faultsOfHttp1EndAsWithOkHttpAlone() throws Exception {
    asAlone(Protocol.HTTP_1_1, false);
  }

  @Test
  void faultsOfHttp1OverTlsEndAsWithOkHttpAlone() throws Exception {
    assumeTrue(transport == TransportMode.NATIVE); // the other one differs below TLS alone
    asAlone(Protocol.HTTP_1_1, true);
  }

  @Test
  void faultsOfHttp2EndAsWithOkHttpAlone() throws Exception {
    assumeTrue(transport == TransportMode.NATIVE); // it takes 10 s
    asAlone(Protocol.H2_PRIOR_KNOWLEDGE, false);
  }

  private void asAlone(Protocol protocol, boolean tls) throws Exception {
    OkHttpClient ours =
        client(
            each -> each,
            each -> each.maxConnectionsPerEndpoint(1).maxPending(0),
            each -> limited(each, protocol));
    OkHttpClient alone = plain(each -> limited(each, protocol));
    List<String> differences = new ArrayList<>();
    for (Map.Entry<String, MockResponse> each : faults(protocol, tls).entrySet()) {
      for (boolean reused : List.of(true, false)) {
        for (boolean post : protocol == Protocol.HTTP_1_1 ? List.of(true, false) : List.of(false)) {
          Set<Outcome> expected = new HashSet<>();
          Set<Outcome> seen = new HashSet<>();
          // A FIN and a RST race each other, with OkHttp alone as well.
          for (int i = 0; i < 6 && Collections.disjoint(expected, seen); i++) {
            expected.add(outcome(alone, protocol, tls, each.getValue(), reused, post, false));
            seen.add(outcome(ours, protocol, tls, each.getValue(), reused, post, true));
          }
          if (Collections.disjoint(expected, seen)) {
            String what = each.getKey() + (reused ? ", reused" : "") + (post ? ", POST" : "");
            differences.add(what + ": " + seen + " and not " + expected);
          }
        }
      }
    }
    assertThat(differences).isEmpty();
  }

  private static OkHttpClient.Builder limited(OkHttpClient.Builder builder, Protocol protocol) {
    return builder.protocols(List.of(protocol)).readTimeout(5, TimeUnit.SECONDS);
  }

  private Outcome outcome(
      OkHttpClient client,
      Protocol protocol,
      boolean tls,
      MockResponse fault,
      boolean reused,
      boolean post,
      boolean ours)
      throws Exception {
    try (MockWebServer server = new MockWebServer()) {
      server.setServerSocketFactory(new PromptSockets());
      server.setProtocols(List.of(protocol));
      if (tls) {
        server.useHttps(SERVER.sslSocketFactory());
      }
      server.start();
      if (reused) {
        server.enqueue(answer("before"));
        assertThat(get(client, server.url("/"))).isEqualTo("before");
      }
      server.enqueue(fault);
      server.enqueue(answer("next"));
      server.enqueue(answer("next"));
      server.enqueue(answer("next"));
      // In HTTP/2 the server leaves a request unanswered after some of these.
      boolean stalls =
          protocol != Protocol.HTTP_1_1
              || STALL.equals(fault.getOnResponseStart())
              || STALL.equals(fault.getOnResponseBody());
      OkHttpClient impatient = client.newBuilder().readTimeout(250, TimeUnit.MILLISECONDS).build();
      String first = call(stalls ? impatient : client, server, post, ours);
      String then = call(stalls ? impatient : client, server, post, ours);
      client.connectionPool().evictAll();
      return new Outcome(first, then, server.getRequestCount());
    }
  }

  private String call(OkHttpClient client, MockWebServer server, boolean post, boolean ours) {
    try {
      String body = post ? post(client, server.url("/")) : get(client, server.url("/"));
      return body.length() + " bytes";
    } catch (IOException failure) {
      if (ours) {
        assertThat(found(failure).kind())
            .as("%s", failure)
            .isIn(
                isOfOneStream(failure) ? FailureKind.OTHER : FailureKind.PEER_CLOSED,
                isClosedBelow(failure) ? FailureKind.OTHER : FailureKind.PEER_CLOSED,
                FailureKind.PEER_CLOSED,
                FailureKind.RESET,
                FailureKind.READ_TIMED_OUT,
                FailureKind.TLS_TRUNCATED);
      }
      return typeOf(failure);
    }
  }

  /** RST_STREAM (RFC 9113, 6.4) ends no connection, and GOAWAY (6.8) none that is in use. */
  private static boolean isOfOneStream(IOException failure) {
    return failure.getClass().getName().startsWith("okhttp3.internal.http2");
  }

  /** What OkHttp says to calls that come to a connection whose end it has seen meanwhile. */
  private boolean isClosedBelow(IOException failure) {
    return transport == TransportMode.JDK && failure.getClass() == IOException.class;
  }

  /** The type that callers catch. A RST that came before the FIN was read makes no difference. */
  private static String typeOf(IOException failure) {
    for (Class<?> type : List.of(SocketTimeoutException.class, ProtocolException.class)) {
      if (type.isInstance(failure)) {
        return type.getSimpleName();
      }
    }
    return isOfOneStream(failure) ? failure.toString() : "broken";
  }
}
