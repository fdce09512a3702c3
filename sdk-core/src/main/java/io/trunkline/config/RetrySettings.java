package io.trunkline.config;

import java.time.Duration;

/** How often an exchange is repeated, where repeating it is safe. Immutable and thread-safe. */
public final class RetrySettings {
  private final int maxAttempts;
  private final int budgetPercent;
  private final int minimum;
  private final Duration firstBackoff;
  private final Duration longestBackoff;

  private RetrySettings(Builder from) {
    this.maxAttempts = from.maxAttempts;
    this.budgetPercent = from.budgetPercent;
    this.minimum = from.minimum;
    this.firstBackoff = from.firstBackoff;
    this.longestBackoff = from.longestBackoff;
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these settings. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Most attempts of one call, the first included; 1 repeats nothing. Default 3. */
  public int maxAttempts() {
    return maxAttempts;
  }

  /**
   * Most retries to one endpoint, as a part of the calls to it, counted over 10 s: so retries never
   * become a storm. Default 20.
   */
  public int budgetPercent() {
    return budgetPercent;
  }

  /** Retries in 10 s that are allowed however few calls there were. Default 3. */
  public int minimum() {
    return minimum;
  }

  /**
   * The pause before the first retry where the advice is to wait, less a random part of up to half
   * of it. It doubles with each further one. Default 100 ms.
   */
  public Duration firstBackoff() {
    return firstBackoff;
  }

  /** The longest pause between two attempts. Default 1 s. */
  public Duration longestBackoff() {
    return longestBackoff;
  }

  /** Builds settings; each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private int maxAttempts = 3;
    private int budgetPercent = 20;
    private int minimum = 3;
    private Duration firstBackoff = Duration.ofMillis(100);
    private Duration longestBackoff = Duration.ofSeconds(1);

    private Builder() {}

    private Builder(RetrySettings from) {
      maxAttempts = from.maxAttempts;
      budgetPercent = from.budgetPercent;
      minimum = from.minimum;
      firstBackoff = from.firstBackoff;
      longestBackoff = from.longestBackoff;
    }

    /**
     * Most attempts of one call, the first included; 1 repeats nothing. Default 3.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     retry.max-attempts}
     */
    public Builder maxAttempts(int value) {
      maxAttempts = Check.within("retry.max-attempts", 1, 100, value);
      return this;
    }

    /**
     * Most retries to one endpoint, as a part of the calls to it, counted over 10 s. Default 20.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     retry.budget-percent}
     */
    public Builder budgetPercent(int value) {
      budgetPercent = Check.within("retry.budget-percent", 0, 100, value);
      return this;
    }

    /**
     * Retries in 10 s that are allowed however few calls there were. Default 3.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     retry.minimum}
     */
    public Builder minimum(int value) {
      minimum = Check.atLeast("retry.minimum", 0, value);
      return this;
    }

    /**
     * The pause before the first retry where the advice is to wait, less a random part of up to
     * half of it. It doubles with each further one. Default 100 ms.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     retry.first-backoff}
     */
    public Builder firstBackoff(Duration value) {
      firstBackoff = Check.positive("retry.first-backoff", value);
      return this;
    }

    /**
     * The longest pause between two attempts. Default 1 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     retry.longest-backoff}
     */
    public Builder longestBackoff(Duration value) {
      longestBackoff = Check.positive("retry.longest-backoff", value);
      return this;
    }

    /**
     * Builds the settings.
     *
     * @throws IllegalArgumentException if {@code retry.longest-backoff} is shorter than {@code
     *     retry.first-backoff}
     */
    public RetrySettings build() {
      Check.atLeast("retry.longest-backoff", firstBackoff, longestBackoff);
      return new RetrySettings(this);
    }
  }
}
