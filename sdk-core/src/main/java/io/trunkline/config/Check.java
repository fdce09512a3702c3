package io.trunkline.config;

import java.time.Duration;

/** Refuses a bad value with the name of the setting and the value itself. */
final class Check {
  /** What a Linux socket option of type int in milliseconds can hold, about 24 days. */
  private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

  private static final Duration LONGEST_KEEP_ALIVE = Duration.ofSeconds(32_767);

  private Check() {}

  static int atLeast(String setting, int least, int value) {
    return within(setting, least, Integer.MAX_VALUE, value);
  }

  static int within(String setting, int least, int most, int value) {
    if (value < least || value > most) {
      String range =
          most == Integer.MAX_VALUE ? "at least " + least : "from " + least + " to " + most;
      throw new IllegalArgumentException(setting + " must be " + range + ", but was " + value);
    }
    return value;
  }

  static Duration positive(String setting, Duration value) {
    return checked(setting, Duration.ofNanos(1), "longer than zero", value);
  }

  static Duration notNegative(String setting, Duration value) {
    return checked(setting, Duration.ZERO, "zero or longer", value);
  }

  static Duration within(String setting, Duration least, Duration most, Duration value) {
    notNull(setting, value);
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          setting + " must be from " + least + " to " + most + ", but was " + value);
    }
    return value;
  }

  static Duration atLeast(String setting, Duration least, Duration value) {
    return checked(setting, least, "at least " + least, value);
  }

  /** TCP_KEEPIDLE and TCP_KEEPINTVL take 1 to 32,767 seconds (tcp.h: MAX_TCP_KEEPIDLE). */
  static Duration keepAliveSeconds(String setting, Duration value) {
    positive(setting, value);
    if (value.compareTo(LONGEST_KEEP_ALIVE) > 0) {
      throw new IllegalArgumentException(
          setting + " must be at most " + LONGEST_KEEP_ALIVE + ", but was " + value);
    }
    return value;
  }

  private static Duration checked(String setting, Duration least, String rule, Duration value) {
    notNull(setting, value);
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException(setting + " must be " + rule + ", but was " + value);
    }
    if (value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          setting + " must be at most " + LONGEST + " (24 days), but was " + value);
    }
    return value;
  }

  static <T> T notNull(String setting, T value) {
    if (value == null) {
      throw new IllegalArgumentException(setting + " must not be null");
    }
    return value;
  }
}
