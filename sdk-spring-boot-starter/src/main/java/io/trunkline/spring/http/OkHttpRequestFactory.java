package io.trunkline.spring.http;

import java.net.URI;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;

/**
 * Requests of Spring's HTTP clients, made by OkHttp. Bodies are streamed both ways. What OkHttp
 * throws comes out as it is, so that {@link io.trunkline.failure.Failures#find} knows what happened
 * from the {@code ResourceAccessException} that Spring makes of it. Thread-safe.
 */
public final class OkHttpRequestFactory implements ClientHttpRequestFactory {
  /** Makes the first client; null once it is made. Guarded by the lock. */
  private Supplier<OkHttpClient> first;

  private final ReentrantLock making = new ReentrantLock();
  private volatile OkHttpClient client;

  /**
   * @param client that makes the requests; whoever made it closes it
   */
  public OkHttpRequestFactory(OkHttpClient client) {
    if (client == null) {
      throw new IllegalArgumentException("client must not be null");
    }
    this.client = client;
  }

  /**
   * @param first makes the client, when the first request is created: OkHttp reads the certificates
   *     of the platform, which the start of an application need not wait for
   */
  OkHttpRequestFactory(Supplier<OkHttpClient> first) {
    this.first = first;
  }

  /** The client of requests that are created now: another one once its SSL bundle is updated. */
  public OkHttpClient client() {
    OkHttpClient present = client;
    return present != null ? present : made();
  }

  private OkHttpClient made() {
    making.lock();
    try {
      if (client == null) {
        client = first.get();
        first = null;
      }
      return client;
    } finally {
      making.unlock();
    }
  }

  /** Requests that are created from now on are made by this one. */
  void use(OkHttpClient other) {
    client = other;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the URI is not one of http or https with a host
   */
  @Override
  public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
    HttpUrl url = HttpUrl.get(uri);
    if (url == null) {
      throw new IllegalArgumentException(
          "the URI of a request must have the scheme http or https and a host, but was " + uri);
    }
    return new OkHttpRequest(client(), uri, url, method);
  }
}
