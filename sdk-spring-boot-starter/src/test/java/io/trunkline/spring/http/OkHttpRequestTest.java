package io.trunkline.spring.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.StreamingHttpOutputMessage;
import org.springframework.http.client.BufferingClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpResponse;

/** What a request of Spring's is on the wire, and what a response is to Spring. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OkHttpRequestTest {
  private final MockWebServer server = new MockWebServer();
  private final OkHttpClient client = new OkHttpClient();
  private final OkHttpRequestFactory factory = new OkHttpRequestFactory(client);

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void end() {
    server.close();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  private ClientHttpRequest request(HttpMethod method) {
    return factory.createRequest(server.url("/path?q=%C3%A4").uri(), method);
  }

  private RecordedRequest sent(ClientHttpRequest request) throws Exception {
    server.enqueue(new MockResponse.Builder().build());
    request.execute().close();
    return server.takeRequest(5, TimeUnit.SECONDS);
  }

  private static void stream(ClientHttpRequest request, StreamingHttpOutputMessage.Body body) {
    ((StreamingHttpOutputMessage) request).setBody(body);
  }

  private static StreamingHttpOutputMessage.Body repeatable(String text) {
    return new StreamingHttpOutputMessage.Body() {
      @Override
      public void writeTo(java.io.OutputStream output) throws IOException {
        output.write(text.getBytes(UTF_8));
      }

      @Override
      public boolean repeatable() {
        return true;
      }
    };
  }

  // ---- bodies ----

  @Test
  void bodyOfKnownLengthIsSentWithThatLength() throws Exception {
    ClientHttpRequest request = request(HttpMethod.POST);
    request.getHeaders().setContentLength(5);
    stream(request, output -> output.write("hello".getBytes(UTF_8)));
    RecordedRequest sent = sent(request);
    assertThat(sent.getHeaders().values("Content-Length")).containsExactly("5");
    assertThat(sent.getHeaders().get("Transfer-Encoding")).isNull();
    assertThat(sent.getBody().utf8()).isEqualTo("hello");
    assertThat(sent.getTarget()).isEqualTo("/path?q=%C3%A4");
  }

  @Test
  void bodyOfUnknownLengthIsSentInChunks() throws Exception {
    ClientHttpRequest request = request(HttpMethod.PUT);
    stream(
        request,
        output -> {
          output.write("hel".getBytes(UTF_8));
          output.flush();
          output.write("lo".getBytes(UTF_8));
          output.close(); // must not end the connection
        });
    RecordedRequest sent = sent(request);
    assertThat(sent.getHeaders().get("Transfer-Encoding")).isEqualTo("chunked");
    assertThat(sent.getHeaders().get("Content-Length")).isNull();
    assertThat(sent.getBody().utf8()).isEqualTo("hello");
  }

  @Test
  void collectedBodyAndBytesHaveTheLengthThatTheyHave() throws Exception {
    ClientHttpRequest collected = request(HttpMethod.POST);
    collected.getBody().write("hello".getBytes(UTF_8));
    assertThat(sent(collected).getHeaders().get("Content-Length")).isEqualTo("5");
    ClientHttpRequest bytes = request(HttpMethod.DELETE);
    ((StreamingHttpOutputMessage) bytes).setBody("hello".getBytes(UTF_8));
    assertThat(sent(bytes).getHeaders().get("Content-Length")).isEqualTo("5");
  }

  @Test
  void contentTypeIsSentLetterForLetter() throws Exception {
    String type = "application/Json;charset=\"UTF-8\" ;x=y";
    ClientHttpRequest request = request(HttpMethod.POST);
    request.getHeaders().set(HttpHeaders.CONTENT_TYPE, type);
    stream(request, output -> output.write('{'));
    assertThat(sent(request).getHeaders().values("Content-Type")).containsExactly(type);
  }

  @Test
  void methodsThatNeedABodyHaveAnEmptyOne() throws Exception {
    for (HttpMethod method : List.of(HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH)) {
      RecordedRequest sent = sent(request(method));
      assertThat(sent.getMethod()).isEqualTo(method.name());
      assertThat(sent.getHeaders().get("Content-Length")).isEqualTo("0");
    }
    assertThat(sent(request(HttpMethod.DELETE)).getHeaders().get("Content-Length")).isNull();
  }

  @Test
  void methodsOfOneselfAreSent() throws Exception {
    assertThat(sent(request(HttpMethod.valueOf("PURGE"))).getMethod()).isEqualTo("PURGE");
  }

  @Test
  void getWithABodySaysThatItCannotHaveOne() {
    ClientHttpRequest request = request(HttpMethod.GET);
    stream(request, output -> output.write(1));
    assertThatThrownBy(request::execute)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a GET request cannot have a body");
    assertThat(server.getRequestCount()).isZero();
  }

  @Test
  void emptyBodyThatABufferWritesToAGetIsNone() throws Exception {
    ClientHttpRequest buffered =
        new BufferingClientHttpRequestFactory(factory)
            .createRequest(server.url("/").uri(), HttpMethod.GET);
    RecordedRequest sent = sent(buffered);
    assertThat(sent.getHeaders().get("Content-Length")).isNull();
  }

  @Test
  void bodyIsWrittenAgainOnlyIfItCanBe() throws Exception {
    MockResponse redirect =
        new MockResponse.Builder().code(307).setHeader("Location", "/elsewhere").build();
    server.enqueue(redirect);
    ClientHttpRequest once = request(HttpMethod.POST);
    stream(once, output -> output.write(1));
    try (ClientHttpResponse response = once.execute()) {
      assertThat(response.getStatusCode().value()).isEqualTo(307);
    }
    server.enqueue(redirect);
    server.enqueue(new MockResponse.Builder().build());
    ClientHttpRequest twice = request(HttpMethod.POST);
    stream(twice, repeatable("again"));
    try (ClientHttpResponse response = twice.execute()) {
      assertThat(response.getStatusCode().value()).isEqualTo(200);
    }
  }

  @Test
  void bodyThatFailsEndsTheRequestWithThatAndReleasesTheConnection() throws Exception {
    ClientHttpRequest request = request(HttpMethod.POST);
    IOException broken = new IOException("the file is gone");
    stream(
        request,
        output -> {
          throw broken;
        });
    assertThatThrownBy(request::execute).isSameAs(broken);
    ClientHttpRequest unchecked = request(HttpMethod.POST);
    stream(
        unchecked,
        output -> {
          throw new IllegalStateException("wrong");
        });
    assertThatThrownBy(unchecked::execute).hasMessage("wrong");
    assertThat(client.connectionPool().idleConnectionCount())
        .isEqualTo(client.connectionPool().connectionCount());
    RecordedRequest next = sent(request(HttpMethod.POST));
    assertThat(next.getConnectionIndex()).as("not on what was left").isEqualTo(2);
  }

  @Test
  void lengthThatIsNotKeptIsAnError() {
    ClientHttpRequest request = request(HttpMethod.POST);
    request.getHeaders().setContentLength(10);
    stream(request, output -> output.write(new byte[3]));
    assertThatThrownBy(request::execute)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unexpected end of stream");
  }

  @Test
  void requestIsExecutedOnceAndHasOneBody() throws Exception {
    ClientHttpRequest request = request(HttpMethod.POST);
    request.getBody().write(1);
    assertThatThrownBy(() -> stream(request, output -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("either getBody or setBody");
    sent(request);
    assertThatThrownBy(request::execute).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> stream(request, output -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  // ---- headers ----

  @Test
  void headersAreSentAsTheyAre() throws Exception {
    ClientHttpRequest request = request(HttpMethod.GET);
    request.getHeaders().put("X-Many", List.of("one", "two, three"));
    request.getHeaders().set("X-City", "Zürich");
    request.getHeaders().set("Host", "other.example");
    RecordedRequest sent = sent(request);
    assertThat(sent.getHeaders().values("X-Many")).containsExactly("one", "two, three");
    assertThat(sent.getHeaders().get("X-City")).isEqualTo("Zürich");
    assertThat(sent.getHeaders().values("Host")).containsExactly("other.example");
  }

  @Test
  void headerCannotBeginAnother() {
    for (String value : List.of("a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b")) {
      ClientHttpRequest request = request(HttpMethod.GET);
      request.getHeaders().set("X-Name", value);
      assertThatThrownBy(request::execute)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("X-Name")
          .hasMessageNotContaining("Evil");
    }
    assertThat(server.getRequestCount()).isZero();
  }

  // ---- responses ----

  @Test
  void responseIsAsItCame() throws Exception {
    server.enqueue(
        new MockResponse.Builder()
            .status("HTTP/1.1 404 Nobody home")
            .addHeader("X-Many", "one")
            .addHeader("X-Many", "two")
            .body("tea")
            .build());
    try (ClientHttpResponse response = request(HttpMethod.GET).execute()) {
      assertThat(response.getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND);
      assertThat(response.getStatusText()).isEqualTo("Nobody home");
      assertThat(response.getHeaders().get("x-many")).containsExactly("one", "two");
      assertThat(response.getHeaders().getContentLength()).isEqualTo(3);
      assertThat(response.getBody()).hasContent("tea");
    }
  }

  @Test
  void statusThatNobodyRegisteredHasNoText() throws Exception {
    server.enqueue(new MockResponse.Builder().status("HTTP/1.1 299 ").build());
    try (ClientHttpResponse response = request(HttpMethod.GET).execute()) {
      assertThat(response.getStatusCode().value()).isEqualTo(299);
      assertThat(response.getStatusText()).isEmpty();
      assertThat(response.getBody()).isEmpty();
    }
  }

  @Test
  void closingAResponseReleasesItsConnectionWhateverWasReadOfIt() throws Exception {
    server.enqueue(new MockResponse.Builder().body("x".repeat(1 << 16)).build());
    server.enqueue(new MockResponse.Builder().body("small").build());
    ClientHttpResponse unread = request(HttpMethod.GET).execute();
    assertThat(unread.getBody().read()).isEqualTo('x');
    unread.close();
    ClientHttpResponse untouched = request(HttpMethod.GET).execute();
    untouched.close();
    untouched.close();
    assertThat(client.connectionPool().idleConnectionCount())
        .isEqualTo(client.connectionPool().connectionCount());
  }

  @Test
  void failureComesOutAsItIs() {
    server.enqueue(
        new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build());
    assertThatThrownBy(() -> request(HttpMethod.GET).execute())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("unexpected end of stream");
  }

  @Test
  void otherSchemesAreRefusedByName() {
    assertThatThrownBy(
            () -> factory.createRequest(URI.create("ftp://localhost/file"), HttpMethod.GET))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ftp://localhost/file");
  }
}
