package io.trunkline.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The client of the JDK. */
final class JdkCalls implements HttpCalls {
  private final ExecutorService executor =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
          });
  private final HttpClient client;
  private final HttpRequest get;
  private final HttpRequest post;

  JdkCalls(Place place, boolean tls) {
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).executor(executor);
    if (tls) {
      builder.sslContext(place.tls());
    }
    client = builder.build();
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(place.url(tls))).timeout(LIMIT);
    get = request.GET().build();
    post = request.POST(BodyPublishers.ofByteArray(HttpCalls.body())).build();
  }

  @Override
  public int get() throws IOException {
    return call(get);
  }

  @Override
  public int post() throws IOException {
    return call(post);
  }

  private int call(HttpRequest request) throws IOException {
    try {
      return client.send(request, BodyHandlers.ofByteArray()).body().length;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  /** It has no close before JDK 21; it ends when nobody knows it any more. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
