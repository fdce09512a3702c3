package io.trunkline.benchmarks;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty's client. */
final class JettyCalls implements HttpCalls {
  private final HttpClient client = new HttpClient();
  private final String url;

  JettyCalls(Place place, boolean tls) throws Exception {
    url = place.url(tls);
    client.setMaxConnectionsPerDestination(CONNECTIONS);
    if (tls) {
      SslContextFactory.Client trust = new SslContextFactory.Client();
      trust.setSslContext(place.tls());
      client.setSslContextFactory(trust);
    }
    client.start();
  }

  @Override
  public int get() throws IOException {
    return call(client.newRequest(url));
  }

  @Override
  public int post() throws IOException {
    return call(
        client
            .newRequest(url)
            .method(HttpMethod.POST)
            .body(new BytesRequestContent(HttpCalls.body())));
  }

  private static int call(Request request) throws IOException {
    try {
      return request.timeout(LIMIT.toSeconds(), TimeUnit.SECONDS).send().getContent().length;
    } catch (ExecutionException | TimeoutException failed) {
      throw new IOException("no answer", failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      client.stop();
    } catch (Exception failed) {
      throw new IOException("cannot stop", failed);
    }
  }
}
