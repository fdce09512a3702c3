package io.trunkline.config;

import io.trunkline.net.Endpoint;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What holds for one endpoint, where that differs from the settings of the manager. Immutable and
 * thread-safe.
 */
public final class EndpointSettings {
  private final PoolSettings pool;
  private final ConnectSettings connect;
  private final SocketSettings socket;
  private final TlsSettings tls;

  private EndpointSettings(Builder from) {
    this.pool = from.pool;
    this.connect = from.connect;
    this.socket = from.socket;
    this.tls = from.tls;
  }

  /** A builder that holds the settings of the manager. */
  public static Builder builder(
      Endpoint endpoint,
      PoolSettings pool,
      ConnectSettings connect,
      SocketSettings socket,
      TlsSettings tls) {
    return new Builder(endpoint, pool, connect, socket, tls);
  }

  /** How its connections are pooled. */
  public PoolSettings pool() {
    return pool;
  }

  /** How its connections are dialled. */
  public ConnectSettings connect() {
    return connect;
  }

  /** The options of its connections. */
  public SocketSettings socket() {
    return socket;
  }

  /** How TLS is spoken with it. */
  public TlsSettings tls() {
    return tls;
  }

  /**
   * Builds settings, beginning with those of the manager; each method refuses a bad value at once.
   * Not thread-safe.
   */
  public static final class Builder {
    private final Endpoint endpoint;
    private final PoolSettings ofManager;
    private PoolSettings pool;
    private ConnectSettings connect;
    private SocketSettings socket;
    private TlsSettings tls;

    private Builder(
        Endpoint endpoint,
        PoolSettings pool,
        ConnectSettings connect,
        SocketSettings socket,
        TlsSettings tls) {
      this.endpoint = Check.notNull("endpoint", endpoint);
      this.ofManager = pool;
      this.pool = pool;
      this.connect =
          connect.toBuilder()
              .fastOpen(connect.fastOpenOverrides().getOrDefault(endpoint, connect.fastOpen()))
              .build();
      this.socket = socket;
      this.tls = tls;
    }

    /**
     * Changes how its connections are pooled: {@code .pool(p -> p.maxPerEndpoint(4))}.
     *
     * @throws IllegalArgumentException if {@code pool.max-total}, {@code
     *     pool.total-dials-per-second}, {@code pool.idle-timeout} or {@code pool.leak-stacks} is
     *     not that of the manager: these are the same for all endpoints
     */
    public Builder pool(UnaryOperator<PoolSettings.Builder> change) {
      PoolSettings changed = change.apply(pool.toBuilder()).build();
      same("pool.max-total", ofManager.maxTotal(), changed.maxTotal());
      same(
          "pool.total-dials-per-second",
          ofManager.totalDialsPerSecond(),
          changed.totalDialsPerSecond());
      same("pool.idle-timeout", ofManager.idleTimeout(), changed.idleTimeout());
      same("pool.leak-stacks", ofManager.leakStacks(), changed.leakStacks());
      pool = changed;
      return this;
    }

    /** Changes how it is dialled: {@code .connect(c -> c.timeout(ofSeconds(1)))}. */
    public Builder connect(UnaryOperator<ConnectSettings.Builder> change) {
      connect = change.apply(connect.toBuilder()).build();
      return this;
    }

    /** Changes the options of its connections: {@code .socket(s -> s.keepAlive(false))}. */
    public Builder socket(UnaryOperator<SocketSettings.Builder> change) {
      socket = change.apply(socket.toBuilder()).build();
      return this;
    }

    /** Changes how TLS is spoken with it: {@code .tls(t -> t.sslContext(ofThisOne))}. */
    public Builder tls(UnaryOperator<TlsSettings.Builder> change) {
      tls = change.apply(tls.toBuilder()).build();
      return this;
    }

    private void same(String setting, Object ofAll, Object wanted) {
      if (!Objects.equals(ofAll, wanted)) {
        throw new IllegalArgumentException(
            setting
                + " is the same for all endpoints, "
                + ofAll
                + ", but was "
                + wanted
                + " for "
                + endpoint);
      }
    }

    public EndpointSettings build() {
      return new EndpointSettings(this);
    }
  }
}
