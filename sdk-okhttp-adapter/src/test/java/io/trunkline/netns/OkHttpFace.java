package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.okhttp.TrunklineOkHttp;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.ConnectionPool;
import okhttp3.EventListener;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

/** OkHttp with the adapter. It repeats nothing, so that each failure is seen. */
final class OkHttpFace implements Face {
  private final OkHttpClient client;

  OkHttpFace(ConnectionManager manager, int limitMillis) {
    Duration limit = Duration.ofMillis(limitMillis);
    client =
        TrunklineOkHttp.install(
                new OkHttpClient.Builder()
                    .protocols(List.of(Protocol.HTTP_1_1))
                    .retryOnConnectionFailure(false)
                    .connectionPool(new ConnectionPool(100, 5, TimeUnit.MINUTES))
                    .readTimeout(limit)
                    .writeTimeout(limit),
                manager)
            .build();
  }

  @Override
  public int exchange(URI url, int bodyBytes) throws IOException {
    AtomicInteger port = new AtomicInteger();
    Request.Builder request = new Request.Builder().url(url.toString());
    if (bodyBytes >= 0) {
      request.post(new Blocks(bodyBytes));
    }
    Call call = client.newCall(request.build());
    call.addEventListener(
        new EventListener() {
          @Override
          public void connectionAcquired(Call its, Connection connection) {
            port.set(connection.socket().getLocalPort());
          }
        });
    try (Response response = call.execute()) {
      response.body().bytes();
    }
    return port.get();
  }

  /** A body that is never in memory as a whole. */
  private static final class Blocks extends RequestBody {
    private static final int BLOCK = 64 * 1_024;

    private final int length;

    Blocks(int length) {
      this.length = length;
    }

    @Override
    public MediaType contentType() {
      return null;
    }

    @Override
    public long contentLength() {
      return length;
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
      for (int left = length; left > 0; left -= BLOCK) {
        sink.write(new byte[Math.min(left, BLOCK)]);
      }
    }
  }

  @Override
  public void close() {
    client.connectionPool().evictAll();
    client.dispatcher().executorService().shutdown();
  }
}
