package io.trunkline.okhttp;

import io.trunkline.ConnectionManager;
import io.trunkline.LayeredSSLSocketFactory;
import io.trunkline.config.PoolSettings;
import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionSpec;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/**
 * Has OkHttp's connections dialled, guarded, watched and measured by a {@link ConnectionManager}.
 *
 * <pre>{@code
 * OkHttpClient client = TrunklineOkHttp.install(new OkHttpClient.Builder(), manager).build();
 * }</pre>
 *
 * <p>OkHttp stays what it is: HTTP/1.1 and HTTP/2, proxies, redirects, authenticators, cache,
 * WebSockets and its own pool. What changes:
 *
 * <ul>
 *   <li>each dial goes through the manager: circuit breaker, storm guard, address policy, resolver
 *       with a memory of dead addresses, TCP Fast Open where it is allowed;
 *   <li>failures have a kind and advice: {@link io.trunkline.failure.Failures#find} has them for
 *       whatever OkHttp throws, whose type and retries are as before;
 *   <li>a connection whose peer has hung up is not used again, and goes while it is idle;
 *   <li>connections have a maximum age, follow withdrawn addresses and drains of the manager, and
 *       are capped for each endpoint and in all; calls wait for their turn, up to the acquire
 *       timeout;
 *   <li>connections and leases are in the manager's snapshot, meters and events.
 * </ul>
 *
 * <p>Install it last: what it finds in the builder (the SSLSocketFactory, timeouts) it builds upon,
 * and what is set after it takes its place. A Dns of the user's own stays in use. Closing the
 * manager ends the connections. Thread-safe.
 */
public final class TrunklineOkHttp implements AutoCloseable {
  private final Adapter adapter;

  private TrunklineOkHttp(ConnectionManager manager, OkHttpSettings settings) {
    this.adapter = new Adapter(manager, settings);
  }

  /**
   * With the settings of the manager's pools: caps, acquire timeout, age.
   *
   * @return the same builder
   */
  public static OkHttpClient.Builder install(
      OkHttpClient.Builder builder, ConnectionManager manager) {
    return builder(manager).build().install(builder);
  }

  /** For other settings, several clients, or connections ahead of need. */
  public static Builder builder(ConnectionManager manager) {
    return new Builder(manager);
  }

  /**
   * Has this client's connections come from the manager. May be called for several builders, whose
   * clients then count under the same caps. In a builder that was derived from a client with an
   * adapter, this one takes its place.
   *
   * @return the same builder
   * @throws IllegalStateException with {@link Builder#nativeTimeouts} for a client that may speak
   *     HTTP/2
   */
  public OkHttpClient.Builder install(OkHttpClient.Builder builder) {
    return install(builder, CallPolicy.NONE);
  }

  /**
   * The same with an address policy for this client alone, on top of that of the manager. It is
   * asked about each address right before a socket is opened to it, IP literals included, and
   * whoever looked it up; a refusal is of kind {@code DENIED_BY_POLICY}. Clients share connections
   * only if their policies are equal. Through an HTTP proxy the address is that of the proxy; a
   * SOCKS proxy is dialled by OkHttp itself, and no policy is asked.
   *
   * @return the same builder
   * @throws IllegalStateException as with {@link #install(OkHttpClient.Builder)}
   */
  public OkHttpClient.Builder install(OkHttpClient.Builder builder, AddressPolicy policy) {
    if (policy == null) {
      throw new IllegalArgumentException("address policy must not be null");
    }
    return install(builder, new CallPolicy(policy));
  }

  private OkHttpClient.Builder install(OkHttpClient.Builder builder, CallPolicy policy) {
    restoreTimeouts(builder);
    OkHttpClient before = builder.build();
    Timeouts timeouts = Timeouts.BY_OKHTTP;
    if (adapter.settings().nativeTimeouts()) {
      timeouts = nativeTimeouts(builder, before);
    }
    installTls(builder, before);
    return builder
        .socketFactory(new CallRoutes(adapter, policy))
        .addInterceptor(new CallInterceptor(adapter, timeouts, policy));
  }

  Adapter adapter() {
    return adapter;
  }

  /** An adapter that was installed before may have taken them for its sockets. */
  private static void restoreTimeouts(OkHttpClient.Builder builder) {
    builder.networkInterceptors().removeIf(NativeTimeoutsCheck.class::isInstance);
    for (Interceptor each : List.copyOf(builder.interceptors())) {
      if (each instanceof CallInterceptor earlier) {
        builder.interceptors().remove(each);
        OkHttpClient found = builder.build();
        Timeouts taken = earlier.timeouts();
        builder
            .readTimeout(Duration.ofMillis(taken.readLimit(found.readTimeoutMillis())))
            .writeTimeout(Duration.ofMillis(taken.writeLimit(found.writeTimeoutMillis())));
      }
    }
  }

  private static Timeouts nativeTimeouts(OkHttpClient.Builder builder, OkHttpClient before) {
    if (!before.protocols().equals(List.of(Protocol.HTTP_1_1))) {
      throw new IllegalStateException(NativeTimeoutsCheck.refusal(before.protocols()));
    }
    Timeouts timeouts = new Timeouts(before.readTimeoutMillis(), before.writeTimeoutMillis());
    builder.readTimeout(Duration.ZERO).writeTimeout(Duration.ZERO);
    builder.networkInterceptors().add(0, new NativeTimeoutsCheck());
    return timeouts;
  }

  private static void installTls(OkHttpClient.Builder builder, OkHttpClient before) {
    X509TrustManager trust = before.x509TrustManager();
    boolean speaksTls = before.connectionSpecs().stream().anyMatch(ConnectionSpec::isTls);
    if (!speaksTls || trust == null) {
      return;
    }
    boolean isLayered = before.sslSocketFactory() instanceof LayeredSSLSocketFactory;
    if (!isLayered) {
      builder.sslSocketFactory(new LayeredSSLSocketFactory(before.sslSocketFactory()), trust);
    }
  }

  /**
   * Has TCP connections ready before the first call, which then needs no handshake but that of TLS:
   * a TLS connection cannot be handed to OkHttp by its public API. They are closed if no call comes
   * within the idle timeout of the manager's pools.
   *
   * @param url whose host and port are dialled
   * @param connections how many are to be open to it in all, at most its cap; and no idle
   *     connection to another endpoint gives way for them where the cap of all endpoints is reached
   * @return how many are open
   * @throws IOException the first failure, if none is open
   */
  public int warmUp(String url, int connections) throws IOException {
    HttpUrl parsed = HttpUrl.get(url);
    if (connections < 0) {
      throw new IllegalArgumentException("connections must be 0 or more, but was " + connections);
    }
    Endpoint endpoint = Endpoint.tcp(parsed.host(), parsed.port());
    int wanted = Math.min(connections, adapter.settings().maxConnectionsPerEndpoint(endpoint));
    // A peer may close them at once: no more dials than were missing.
    int missing = wanted - adapter.connections().open(endpoint);
    for (; missing > 0 && adapter.connections().hasRoom(); missing--) {
      try {
        adapter.ready().dial(endpoint);
      } catch (IOException failed) {
        int open = adapter.connections().open(endpoint);
        if (open == 0) {
          throw failed;
        }
        return open;
      }
    }
    return adapter.connections().open(endpoint);
  }

  /**
   * Whether a connection to the endpoint is open, or was lately: it is forgotten after the {@code
   * pool.forget-after} of the manager.
   *
   * @param endpoint the plain one of the host and port that is dialled, for https, too
   */
  public boolean serves(Endpoint endpoint) {
    return adapter.connections().knows(endpoint);
  }

  /**
   * Leaves the manager: idle connections end now, others with their calls. The manager has them
   * until then, and ends them if it is closed. The clients go on to dial through it.
   */
  @Override
  public void close() {
    adapter.close();
  }

  /**
   * Settings of an adapter, those of the manager's pools unless they are set here. What the manager
   * was told of a single endpoint ({@link ConnectionManager.Builder#endpoint}) holds for that one,
   * whatever is set here; the endpoint of a URL is plain TCP, also for HTTPS. Each method refuses a
   * bad value at once. Not thread-safe.
   */
  public static final class Builder {
    private final ConnectionManager manager;
    private final PoolSettings.Builder pool;
    private boolean nativeTimeouts;
    private CallListener listener = CallListener.NONE;

    private Builder(ConnectionManager manager) {
      if (manager == null) {
        throw new IllegalArgumentException("manager must not be null");
      }
      this.manager = manager;
      this.pool = manager.poolSettings().toBuilder().minIdle(0); // OkHttp keeps none
    }

    /**
     * How many connections to one host and port may be in use at once. One of HTTP/2 counts once,
     * however many calls share it.
     */
    public Builder maxConnectionsPerEndpoint(int value) {
      pool.maxPerEndpoint(value);
      return this;
    }

    /** How many connections may be in use at once in all. */
    public Builder maxConnections(int value) {
      pool.maxTotal(value);
      return this;
    }

    /** How many calls may wait for a connection to one host and port; one more fails at once. */
    public Builder maxPending(int value) {
      pool.maxPending(value);
      return this;
    }

    /** How long a call waits for its turn to have a connection. */
    public Builder acquireTimeout(Duration value) {
      pool.acquireTimeout(value);
      return this;
    }

    /** A connection that is older serves no further call. Zero sets no limit. */
    public Builder maxAge(Duration value) {
      pool.maxLifetime(value);
      return this;
    }

    /**
     * Has the sockets enforce the client's read and write timeouts, with the same meaning, instead
     * of OkHttp's watchdog, which limits below 250 ms wake for each of them. For clients of
     * HTTP/1.1 alone: a call that comes to a connection of HTTP/2 all the same, because the
     * protocols were changed later, fails with a ProtocolException. Default false. Calls,
     * interceptors and listeners then see timeouts of 0; a timeout that an interceptor sets is kept
     * by OkHttp.
     */
    public Builder nativeTimeouts(boolean value) {
      nativeTimeouts = value;
      return this;
    }

    /** Who hears of each call that ended, such as {@link OkHttpMetrics}. */
    public Builder listener(CallListener value) {
      if (value == null) {
        throw new IllegalArgumentException("listener must not be null");
      }
      listener = value;
      return this;
    }

    /** An adapter that joins the manager. */
    public TrunklineOkHttp build() {
      PoolSettings set = pool.build();
      return new TrunklineOkHttp(
          manager,
          new OkHttpSettings(set, new EndpointPools(manager, set), nativeTimeouts, listener));
    }
  }
}
