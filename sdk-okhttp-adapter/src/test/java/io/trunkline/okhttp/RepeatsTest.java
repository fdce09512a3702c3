package io.trunkline.okhttp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/** What a failure says of a request that was sent before, and whose repetition was not. */
class RepeatsTest extends Fixture {
  private static String refusing() throws IOException {
    return "http://127.0.0.1:" + closedPort() + "/";
  }

  /** Answers one request, and listens no more; takes the next one, and hangs up. */
  private static Void dieOfTheSecondRequest(ServerSocket listening) throws IOException {
    try (Socket socket = listening.accept()) {
      listening.close();
      readUntil(socket.getInputStream(), "\r\n\r\n");
      socket
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(US_ASCII));
      readUntil(socket.getInputStream(), "the body");
    }
    return null;
  }

  private static void readUntil(InputStream input, String end) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(end) < 0) {
      int next = input.read();
      assertThat(next).isNotNegative();
      read.append((char) next);
    }
  }

  private static IOException failureOfPost(OkHttpClient client, Object url) {
    Request request = request(url).newBuilder().post(body("the body".getBytes(US_ASCII))).build();
    return failureOf(
        () -> {
          try (Response response = client.newCall(request).execute()) {
            return response.code();
          }
        });
  }

  @Test
  void aRefusalAfterThePostWasSentSaysThatItWas() throws Exception {
    ServerSocket listening =
        closing(new ServerSocket(0, 5, InetAddress.getByAddress(new byte[] {127, 0, 0, 1})));
    String url = "http://127.0.0.1:" + listening.getLocalPort() + "/";
    CompletableFuture<Void> server = start(() -> dieOfTheSecondRequest(listening));
    OkHttpClient client = client();
    assertThat(get(client, url)).isEqualTo("ok");
    IOException failure = failureOfPost(client, url);
    server.get(5, TimeUnit.SECONDS);
    assertThat(failure).isInstanceOf(ConnectException.class);
    assertThat(found(failure).kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(found(failure).requestBytesSent()).isTrue();
    assertThat(failure).hasMessageContaining("request bytes were sent");
  }

  @Test
  void aRefusalOfTheFirstAttemptSaysThatNothingWasSent() throws Exception {
    IOException failure = failureOfPost(client(), refusing());
    assertThat(found(failure).kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(found(failure).requestBytesSent()).isFalse();
  }

  /** The answer to a POST that was carried out leads to where nobody listens. */
  @Test
  void aRefusalAfterARedirectSaysThatTheRequestWasSent() throws Exception {
    MockWebServer server = server();
    server.enqueue(new MockResponse.Builder().code(303).addHeader("Location", refusing()).build());
    IOException failure = failureOfPost(client(), server.url("/"));
    assertThat(found(failure).kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(found(failure).requestBytesSent()).isTrue();
  }

  @Test
  void aRefusalOfTheRepeatOfAnInterceptorSaysIt() throws Exception {
    MockWebServer server = server();
    server.enqueue(new MockResponse.Builder().code(503).build());
    HttpUrl other = HttpUrl.get(refusing());
    OkHttpClient client =
        client(
            each ->
                each.addInterceptor(
                    chain -> {
                      chain.proceed(chain.request()).close();
                      return chain.proceed(chain.request().newBuilder().url(other).build());
                    }));
    IOException failure = failureOfPost(client, server.url("/"));
    assertThat(found(failure).kind()).isEqualTo(FailureKind.REFUSED);
    assertThat(found(failure).requestBytesSent()).isTrue();
  }
}
