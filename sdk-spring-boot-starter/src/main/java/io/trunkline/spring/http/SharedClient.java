package io.trunkline.spring.http;

import io.trunkline.okhttp.TrunklineOkHttp;
import java.util.List;
import java.util.concurrent.ExecutorService;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;

/**
 * The OkHttpClient that the application's clients are derived from, without observations: Spring's
 * clients have their own. It ends with the context.
 */
final class SharedClient implements AutoCloseable {
  private final OkHttpClient client;

  SharedClient(
      TrunklineOkHttp trunkline, ConnectionPool pool, List<OkHttpClientCustomizer> customizers) {
    OkHttpClient.Builder builder = new OkHttpClient.Builder().connectionPool(pool);
    customizers.forEach(each -> each.customize(builder));
    client = trunkline.install(builder).build();
  }

  OkHttpClient client() {
    return client;
  }

  /** Calls that are enqueued go on; none can be after this. Idle connections end. */
  @Override
  public void close() {
    ExecutorService calls = client.dispatcher().executorService();
    calls.shutdown();
    client.connectionPool().evictAll();
  }
}
