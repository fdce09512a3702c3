package io.trunkline.config;

import java.time.Duration;

/** How the addresses of endpoints are looked up and kept. Immutable and thread-safe. */
public final class ResolveSettings {
  private final Duration ttl;
  private final Duration negativeTtl;
  private final Duration staleFor;
  private final Duration slowAfter;
  private final Balance balance;

  private ResolveSettings(Builder from) {
    this.ttl = from.ttl;
    this.negativeTtl = from.negativeTtl;
    this.staleFor = from.staleFor;
    this.slowAfter = from.slowAfter;
    this.balance = from.balance;
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
   * How long the addresses of an endpoint are used without asking again. In use, they are looked up
   * anew in the background after four fifths of it, at least a second. Zero asks for each dial.
   * Default 30 s.
   */
  public Duration ttl() {
    return ttl;
  }

  /**
   * How long a failed lookup is answered with the same failure, where no addresses are known.
   * Default 1 s.
   */
  public Duration negativeTtl() {
    return negativeTtl;
  }

  /**
   * How long after their TTL addresses are still used while lookups fail or hang. Default 5 min.
   */
  public Duration staleFor() {
    return staleFor;
  }

  /**
   * A lookup that takes longer is not waited for where stale addresses are known, and another
   * thread takes over the lookups behind it. Without addresses, a dial waits until its own end.
   * Default 2 s.
   */
  public Duration slowAfter() {
    return slowAfter;
  }

  /** Which of several addresses is tried first. Default {@link Balance#ROUND_ROBIN}. */
  public Balance balance() {
    return balance;
  }

  /** Builds settings; each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private Duration ttl = Duration.ofSeconds(30);
    private Duration negativeTtl = Duration.ofSeconds(1);
    private Duration staleFor = Duration.ofMinutes(5);
    private Duration slowAfter = Duration.ofSeconds(2);
    private Balance balance = Balance.ROUND_ROBIN;

    private Builder() {}

    private Builder(ResolveSettings from) {
      ttl = from.ttl;
      negativeTtl = from.negativeTtl;
      staleFor = from.staleFor;
      slowAfter = from.slowAfter;
      balance = from.balance;
    }

    /**
     * How long the addresses of an endpoint are used without asking again. In use, they are looked
     * up anew in the background after four fifths of it, at least a second. Zero asks for each
     * dial. Default 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     resolve.ttl}
     */
    public Builder ttl(Duration value) {
      ttl = Check.notNegative("resolve.ttl", value);
      return this;
    }

    /**
     * How long a failed lookup is answered with the same failure, where no addresses are known;
     * zero asks for each dial. Default 1 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     resolve.negative-ttl}
     */
    public Builder negativeTtl(Duration value) {
      negativeTtl = Check.notNegative("resolve.negative-ttl", value);
      return this;
    }

    /**
     * How long after their TTL addresses are still used while lookups fail or hang; zero never uses
     * them. Default 5 min.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     resolve.stale-for}
     */
    public Builder staleFor(Duration value) {
      staleFor = Check.notNegative("resolve.stale-for", value);
      return this;
    }

    /**
     * A lookup that takes longer is not waited for where stale addresses are known, and another
     * thread takes over the lookups behind it. Default 2 s; RFC 8767 advises 1.8 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     resolve.slow-after}
     */
    public Builder slowAfter(Duration value) {
      slowAfter = Check.positive("resolve.slow-after", value);
      return this;
    }

    /** Which of several addresses is tried first. Default {@link Balance#ROUND_ROBIN}. */
    public Builder balance(Balance value) {
      balance = Check.notNull("resolve.balance", value);
      return this;
    }

    public ResolveSettings build() {
      return new ResolveSettings(this);
    }
  }
}
