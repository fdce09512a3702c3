package io.trunkline.benchmarks;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** OkHttp. */
final class OkHttpCalls implements HttpCalls {
  private final OkHttpClient client;
  private final Request get;
  private final Request post;

  /**
   * @param keepAlive false: each request asks for the connection to be closed
   */
  OkHttpCalls(Place place, boolean tls, boolean keepAlive) {
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            .readTimeout(LIMIT)
            .connectionPool(new ConnectionPool(CONNECTIONS, 5, TimeUnit.MINUTES));
    if (tls) {
      X509TrustManager trust =
          (X509TrustManager) ServerCertificate.trustManagers(place.trust()).getTrustManagers()[0];
      builder.sslSocketFactory(place.tls().getSocketFactory(), trust);
    }
    client = builder.build();
    Request.Builder request = new Request.Builder().url(place.url(tls));
    if (!keepAlive) {
      request.header("Connection", "close");
    }
    get = request.build();
    post = request.post(RequestBody.create(HttpCalls.body())).build();
  }

  @Override
  public int get() throws IOException {
    return call(get);
  }

  @Override
  public int post() throws IOException {
    return call(post);
  }

  private int call(Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      return Objects.requireNonNull(response.body()).bytes().length;
    }
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }
}
