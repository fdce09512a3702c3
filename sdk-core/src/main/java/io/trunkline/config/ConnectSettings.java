package io.trunkline.config;

import io.trunkline.net.Endpoint;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** How connections are dialled. Immutable and thread-safe. */
public final class ConnectSettings {
  /** RFC 8305, section 8: below this a race would be a storm. */
  private static final Duration SHORTEST_DELAY = Duration.ofMillis(10);

  /** RFC 8305, section 8: above this a race would help nobody. */
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);

  private final Duration timeout;
  private final Duration attemptDelay;
  private final int synRetries;
  private final InetAddress localAddress;
  private final FastOpen fastOpen;
  private final Map<Endpoint, FastOpen> fastOpenOverrides;

  private ConnectSettings(Builder from) {
    this.timeout = from.timeout;
    this.attemptDelay = from.attemptDelay;
    this.synRetries = from.synRetries;
    this.localAddress = from.localAddress;
    this.fastOpen = from.fastOpen;
    this.fastOpenOverrides = from.fastOpenOverrides;
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these settings. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * The limit of a whole dial: resolution, handshakes and initializer; a TLS handshake has its own
   * time after it. The default survives lost SYNs, which are repeated after 1 s. Default 5 s.
   */
  public Duration timeout() {
    return timeout;
  }

  /**
   * How long a dial waits for an address before it tries the next one beside it (RFC 8305:
   * Connection Attempt Delay), 10 ms to 2 s; less where all addresses would not have begun within
   * half of the timeout. Default 250 ms.
   */
  public Duration attemptDelay() {
    return attemptDelay;
  }

  /**
   * TCP_SYNCNT: how often the kernel repeats a SYN; 0 leaves it to net.ipv4.tcp_syn_retries.
   * Default 0.
   */
  public int synRetries() {
    return synRetries;
  }

  /** The local address to dial from; null leaves it to the routing table. Default null. */
  public Optional<InetAddress> localAddress() {
    return Optional.ofNullable(localAddress);
  }

  /**
   * Whether connections may be opened with TCP Fast Open (RFC 7413), for endpoints without a value
   * of their own. Default {@link FastOpen#OFF}.
   */
  public FastOpen fastOpen() {
    return fastOpen;
  }

  /** The endpoints for which something else holds than {@link #fastOpen()}. Default none. */
  public Map<Endpoint, FastOpen> fastOpenOverrides() {
    return fastOpenOverrides;
  }

  /** Builds settings; each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private Duration timeout = Duration.ofSeconds(5);
    private Duration attemptDelay = Duration.ofMillis(250);
    private int synRetries = 0;
    private InetAddress localAddress;
    private FastOpen fastOpen = FastOpen.OFF;
    private Map<Endpoint, FastOpen> fastOpenOverrides = Map.of();

    private Builder() {}

    private Builder(ConnectSettings from) {
      timeout = from.timeout;
      attemptDelay = from.attemptDelay;
      synRetries = from.synRetries;
      localAddress = from.localAddress;
      fastOpen = from.fastOpen;
      fastOpenOverrides = from.fastOpenOverrides;
    }

    /**
     * The limit of a whole dial: resolution, handshakes and initializer; a TLS handshake has its
     * own time after it. The default survives lost SYNs, which are repeated after 1 s. Default 5 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     connect.timeout}
     */
    public Builder timeout(Duration value) {
      timeout = Check.positive("connect.timeout", value);
      return this;
    }

    /**
     * How long a dial waits for an address before it tries the next one beside it (RFC 8305:
     * Connection Attempt Delay), 10 ms to 2 s; less where all addresses would not have begun within
     * half of the timeout. Default 250 ms.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     connect.attempt-delay}
     */
    public Builder attemptDelay(Duration value) {
      attemptDelay = Check.within("connect.attempt-delay", SHORTEST_DELAY, LONGEST_DELAY, value);
      return this;
    }

    /**
     * TCP_SYNCNT: how often the kernel repeats a SYN; 0 leaves it to net.ipv4.tcp_syn_retries.
     * Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     connect.syn-retries}
     */
    public Builder synRetries(int value) {
      synRetries = Check.within("connect.syn-retries", 0, 127, value);
      return this;
    }

    /** The local address to dial from; null leaves it to the routing table. Default null. */
    public Builder localAddress(InetAddress value) {
      localAddress = value;
      return this;
    }

    /**
     * Whether connections may be opened with TCP Fast Open (RFC 7413), for endpoints without a
     * value of their own. {@link FastOpen} says what that risks. Default {@link FastOpen#OFF}.
     *
     * @throws IllegalArgumentException if the value is null; the message names {@code
     *     connect.fast-open}
     */
    public Builder fastOpen(FastOpen value) {
      fastOpen = Check.notNull("connect.fast-open", value);
      return this;
    }

    /**
     * The endpoints for which something else is to hold than {@link #fastOpen(FastOpen)}; takes the
     * place of what was given before. Default none.
     *
     * @throws IllegalArgumentException if there is a null; the message names {@code
     *     connect.fast-open-overrides}
     */
    public Builder fastOpenOverrides(Map<Endpoint, FastOpen> value) {
      String setting = "connect.fast-open-overrides";
      for (Map.Entry<Endpoint, FastOpen> each : Check.notNull(setting, value).entrySet()) {
        if (each.getKey() == null || each.getValue() == null) {
          throw new IllegalArgumentException(setting + " must not have a null, but had " + each);
        }
      }
      fastOpenOverrides = Map.copyOf(value);
      return this;
    }

    public ConnectSettings build() {
      return new ConnectSettings(this);
    }
  }
}
