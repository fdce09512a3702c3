package io.trunkline.spring;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A property has a value that Trunkline cannot work with. */
final class InvalidPropertyException extends RuntimeException {
  /** Settings of the core whose property has another name. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "pool.max-dials-in-flight", "connect.max-in-flight",
          "pool.dials-per-second", "connect.rate",
          "pool.total-dials-per-second", "connect.total-rate",
          "pool.leak-stacks", "pool.leak-detection",
          "circuit-breaker.longest-probe-interval", "probe.longest-interval",
          "tls.protocols", "ssl.protocols",
          "tls.cipher-suites", "ssl.cipher-suites");

  private static final Pattern REFUSED =
      Pattern.compile("(?<setting>[a-z.-]+) (?<rule>must .+?), but was (?<value>.+)");
  private static final Pattern SHARED =
      Pattern.compile("(?<setting>[a-z-]+\\.[a-z-]+) is the same for all endpoints.*");

  private final String property;
  private final String value;
  private final String reason;
  private final String fix;

  /**
   * @param value null if there is none
   * @param reason goes on after the name of the property
   * @param fix a whole sentence
   */
  InvalidPropertyException(
      String property, Object value, String reason, String fix, Throwable cause) {
    super(property + " " + reason, cause);
    this.property = property;
    this.value = value == null ? null : value.toString();
    this.reason = reason;
    this.fix = fix;
  }

  InvalidPropertyException(String property, Object value, String reason, String fix) {
    this(property, value, reason, fix, null);
  }

  /** The core refused one value. */
  static InvalidPropertyException ofValue(
      String property, Object value, IllegalArgumentException refusal) {
    Matcher refused = REFUSED.matcher(String.valueOf(refusal.getMessage()));
    String rule =
        refused.matches() ? refused.group("rule") : "was refused: " + refusal.getMessage();
    return new InvalidPropertyException(
        property, value, rule, fixBy(property, rule, refused.matches()), refusal);
  }

  /**
   * The core refused values that do not go together, and names one setting.
   *
   * @param prefix of the property, such as {@code trunkline.}
   */
  static InvalidPropertyException ofSetting(String prefix, IllegalArgumentException refusal) {
    String message = String.valueOf(refusal.getMessage());
    Matcher shared = SHARED.matcher(message);
    if (shared.matches()) {
      String name = nameOf(shared.group("setting"));
      return new InvalidPropertyException(
          prefix + name,
          null,
          "cannot be set for a single endpoint: it is the same for all",
          "Set trunkline." + name + " instead, or remove " + prefix + name + ".",
          refusal);
    }
    Matcher refused = REFUSED.matcher(message);
    if (refused.matches()) {
      String property = prefix + nameOf(refused.group("setting"));
      String rule = refused.group("rule");
      return new InvalidPropertyException(
          property, refused.group("value"), rule, fixBy(property, rule, true), refusal);
    }
    throw refusal;
  }

  private static String nameOf(String setting) {
    return RENAMED.getOrDefault(setting, setting);
  }

  private static String fixBy(String property, String rule, boolean known) {
    String allowed =
        known ? "a value that " + rule.replaceFirst("must be ", "is ") : "another value";
    return "Give "
        + property
        + " "
        + allowed.replaceFirst("that must have", "with")
        + ", or remove it for the default.";
  }

  String property() {
    return property;
  }

  /** Null if there is none. */
  String value() {
    return value;
  }

  String reason() {
    return reason;
  }

  String fix() {
    return fix;
  }
}
