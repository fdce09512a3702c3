package io.trunkline.spring.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.StreamingHttpOutputMessage;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.FastByteArrayOutputStream;

/** One request. As those of Spring: not thread-safe, executed once. */
final class OkHttpRequest extends AbstractClientHttpRequest implements StreamingHttpOutputMessage {
  private final OkHttpClient client;
  private final URI uri;
  private final HttpUrl url;
  private final HttpMethod method;
  private FastByteArrayOutputStream collected;
  private Content content;

  OkHttpRequest(OkHttpClient client, URI uri, HttpUrl url, HttpMethod method) {
    this.client = client;
    this.uri = uri;
    this.url = url;
    this.method = method;
  }

  @Override
  public URI getURI() {
    return uri;
  }

  @Override
  public HttpMethod getMethod() {
    return method;
  }

  // ---- the body ----

  @Override
  protected OutputStream getBodyInternal(HttpHeaders headers) {
    requireOnlyOne(content == null);
    if (collected == null) {
      collected = new FastByteArrayOutputStream(1024);
    }
    return collected;
  }

  @Override
  public void setBody(Body body) {
    if (body == null) {
      throw new IllegalArgumentException("body must not be null");
    }
    assertNotExecuted();
    requireOnlyOne(collected == null);
    content = new Content(body::writeTo, Content.UNKNOWN, body.repeatable());
  }

  @Override
  public void setBody(byte[] body) {
    if (body == null) {
      throw new IllegalArgumentException("body must not be null");
    }
    assertNotExecuted();
    requireOnlyOne(collected == null);
    content = new Content(output -> output.write(body), body.length, true);
  }

  private static void requireOnlyOne(boolean isOnlyOne) {
    if (!isOnlyOne) {
      throw new IllegalStateException("a request has one body: use either getBody or setBody");
    }
  }

  /** What OkHttp is to send; null for none. */
  private RequestBody body(HttpHeaders headers) {
    Content written = content;
    if (collected != null) {
      written = new Content(collected::writeTo, collected.size(), true);
    } else if (written != null && written.contentLength() == Content.UNKNOWN) {
      written = written.withLength(headers.getContentLength());
    }
    if (written != null && written.contentLength() == 0) {
      written = null; // Spring's wrappers write empty ones where there is none
    }
    boolean needsOne = method.equals(HttpMethod.POST) || isPutOrPatch();
    if (written == null) {
      return needsOne ? RequestBody.EMPTY : null;
    }
    if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
      throw new IllegalStateException(
          "a " + method + " request cannot have a body with OkHttp: send it with another method");
    }
    return written;
  }

  private boolean isPutOrPatch() {
    return method.equals(HttpMethod.PUT) || method.equals(HttpMethod.PATCH);
  }

  // ---- execution ----

  @Override
  protected ClientHttpResponse executeInternal(HttpHeaders headers) throws IOException {
    Request request =
        new Request.Builder()
            .url(url)
            .headers(headers(headers))
            .method(method.name(), body(headers))
            .build();
    return new OkHttpResponse(client.newCall(request).execute());
  }

  /** All but the framing, which is OkHttp's. */
  private static Headers headers(HttpHeaders from) {
    Headers.Builder to = new Headers.Builder();
    for (Map.Entry<String, List<String>> header : from.headerSet()) {
      String name = header.getKey();
      if (name.equalsIgnoreCase(HttpHeaders.CONTENT_LENGTH)
          || name.equalsIgnoreCase(HttpHeaders.TRANSFER_ENCODING)) {
        continue;
      }
      for (String value : header.getValue()) {
        to.addUnsafeNonAscii(name, value == null ? "" : checked(name, value));
      }
    }
    return to.build();
  }

  /** A line break would begin another header, or another request. */
  private static String checked(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char each = value.charAt(i);
      if (each == '\r' || each == '\n' || each == '\0') {
        throw new IllegalArgumentException(
            "the value of the header " + name + " has a line break or NUL at index " + i);
      }
    }
    return value;
  }
}
