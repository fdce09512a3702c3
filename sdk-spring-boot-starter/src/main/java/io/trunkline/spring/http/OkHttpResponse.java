package io.trunkline.spring.http;

import java.io.InputStream;
import okhttp3.Response;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/** One response. Closing it releases the connection, whatever was read of it. */
final class OkHttpResponse implements ClientHttpResponse {
  private final Response response;
  private HttpHeaders headers;

  OkHttpResponse(Response response) {
    this.response = response;
  }

  @Override
  public HttpStatusCode getStatusCode() {
    return HttpStatusCode.valueOf(response.code());
  }

  /** HTTP/2 has none: then the registered one. */
  @Override
  public String getStatusText() {
    if (!response.message().isEmpty()) {
      return response.message();
    }
    HttpStatus known = HttpStatus.resolve(response.code());
    return known == null ? "" : known.getReasonPhrase();
  }

  @Override
  public HttpHeaders getHeaders() {
    if (headers == null) {
      HttpHeaders received = new HttpHeaders();
      response.headers().forEach(each -> received.add(each.getFirst(), each.getSecond()));
      headers = HttpHeaders.readOnlyHttpHeaders(received);
    }
    return headers;
  }

  @Override
  public InputStream getBody() {
    return response.body().byteStream();
  }

  @Override
  public void close() {
    response.close();
  }
}
