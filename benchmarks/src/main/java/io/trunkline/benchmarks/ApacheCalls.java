package io.trunkline.benchmarks;

import java.io.IOException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.util.Timeout;

/** Apache HttpClient 5, the classic one. */
final class ApacheCalls implements HttpCalls {
  private final CloseableHttpClient client;
  private final String url;

  ApacheCalls(Place place, boolean tls) {
    url = place.url(tls);
    PoolingHttpClientConnectionManagerBuilder connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setMaxConnPerRoute(CONNECTIONS)
            .setMaxConnTotal(CONNECTIONS);
    if (tls) {
      connections.setTlsSocketStrategy(new DefaultClientTlsStrategy(place.tls()));
    }
    client =
        HttpClients.custom()
            .setConnectionManager(connections.build())
            .setDefaultRequestConfig(
                RequestConfig.custom().setResponseTimeout(Timeout.of(LIMIT)).build())
            .build();
  }

  @Override
  public int get() throws IOException {
    return call(new HttpGet(url));
  }

  @Override
  public int post() throws IOException {
    HttpPost request = new HttpPost(url);
    request.setEntity(new ByteArrayEntity(HttpCalls.body(), ContentType.APPLICATION_OCTET_STREAM));
    return call(request);
  }

  private int call(ClassicHttpRequest request) throws IOException {
    return client.execute(
        request, response -> EntityUtils.toByteArray(response.getEntity()).length);
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
