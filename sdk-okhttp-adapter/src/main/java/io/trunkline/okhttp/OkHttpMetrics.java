package io.trunkline.okhttp;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.trunkline.failure.FailureKind;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import okhttp3.Protocol;

/**
 * The meter of calls in a registry of Micrometer: the timer {@code trunkline.http.calls}, tagged
 * with {@code endpoint}, {@code protocol}, {@code reused} and {@code error.type}, each {@code none}
 * where there is none. Never a path, a query or a header.
 *
 * <pre>{@code
 * TrunklineOkHttp.builder(manager).listener(OkHttpMetrics.bindTo(registry)).build()
 * }</pre>
 *
 * <p>The meters of dials, leases and connections are those of the manager; Micrometer's {@code
 * OkHttpConnectionPoolMetrics} has those of OkHttp's pool. Thread-safe.
 */
@SuppressWarnings("exports") // whoever calls this class has micrometer-core itself
public final class OkHttpMetrics implements CallListener {
  private static final String NONE = "none";

  private final MeterRegistry registry;
  private final Tags common;

  private OkHttpMetrics(MeterRegistry registry, Iterable<Tag> tags) {
    this.registry = registry;
    this.common = Tags.of(tags);
  }

  /** Meters in this registry. */
  public static OkHttpMetrics bindTo(MeterRegistry registry) {
    return new OkHttpMetrics(registry, Tags.empty());
  }

  /** Meters in this registry that all have these tags, too. */
  public static OkHttpMetrics bindTo(MeterRegistry registry, Iterable<Tag> tags) {
    return new OkHttpMetrics(registry, tags);
  }

  @Override
  public void ended(FinishedCall call) {
    Tags tags =
        common.and(
            "endpoint",
            call.endpoint().toString(),
            "protocol",
            call.protocol().map(Protocol::toString).orElse(NONE),
            "reused",
            Boolean.toString(call.reused()),
            "error.type",
            call.failure().map(OkHttpMetrics::label).orElse(NONE));
    Timer.builder("trunkline.http.calls")
        .description("Calls, from their beginning to the end of their response")
        .tags(tags)
        .register(registry)
        .record(call.elapsedNanos(), TimeUnit.NANOSECONDS);
  }

  private static String label(FailureKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
