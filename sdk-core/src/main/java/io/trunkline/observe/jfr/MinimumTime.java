package io.trunkline.observe.jfr;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.SettingControl;

/**
 * A time such as {@code 10 ms}, in the units of the flight recorder's own thresholds. Where several
 * recordings run, the shortest counts.
 */
public final class MinimumTime extends SettingControl {
  static final String DEFAULT = "10 ms";
  private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,9})\\s*(ns|us|ms|s|m|h|d)\\s*");

  private volatile String value = DEFAULT;
  private volatile long nanos = parse(DEFAULT);

  long nanos() {
    return nanos;
  }

  @Override
  public String combine(Set<String> values) {
    return values.stream()
        .min((one, other) -> Long.compare(parse(one), parse(other)))
        .orElse(DEFAULT);
  }

  @Override
  public void setValue(String given) {
    value = given;
    nanos = parse(given);
  }

  @Override
  public String getValue() {
    return value;
  }

  /** As the recorder does it: what cannot be read counts as the default. */
  private static long parse(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? unit(form.group(2)).toNanos(Long.parseLong(form.group(1)))
        : parse(DEFAULT);
  }

  private static TimeUnit unit(String name) {
    return switch (name) {
      case "ns" -> TimeUnit.NANOSECONDS;
      case "us" -> TimeUnit.MICROSECONDS;
      case "ms" -> TimeUnit.MILLISECONDS;
      case "s" -> TimeUnit.SECONDS;
      case "m" -> TimeUnit.MINUTES;
      case "h" -> TimeUnit.HOURS;
      default -> TimeUnit.DAYS;
    };
  }
}
