package io.trunkline.observe.log;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TransportInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Throttle;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one line for each change of state, and for failures: the first of each kind and endpoint
 * at once, then at most one a minute with the number of those held back. Never a line for a
 * request. Thread-safe.
 */
public final class LogListener implements ConnectionListener {
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

  private final Logger log;
  private final Ticker ticker;
  private final Map<Topic, Throttle> throttles = new ConcurrentHashMap<>();

  private record Topic(Endpoint endpoint, FailureKind kind) {}

  /** Writes to the logger {@code io.trunkline.events}. */
  public LogListener(Ticker ticker) {
    this(LoggerFactory.getLogger("io.trunkline.events"), ticker);
  }

  LogListener(Logger log, Ticker ticker) {
    this.log = log;
    this.ticker = ticker;
  }

  @Override
  public boolean hearsEveryLease() {
    return false;
  }

  @Override
  public boolean hearsSamples() {
    return false;
  }

  @Override
  public boolean hearsConnects() {
    return false;
  }

  // ---- changes of state ----

  @Override
  public void managerStarted(
      TransportInfo transport, Supplier<Map<Endpoint, EndpointCounts>> counts) {
    log.info("Connection manager started on the {} transport", transport.name());
  }

  @Override
  public void managerClosed(Supplier<Map<Endpoint, EndpointCounts>> counts) {
    log.info("Connection manager closed");
  }

  @Override
  public void drained(Endpoint endpoint, Optional<InetSocketAddress> withdrawn) {
    if (withdrawn.isPresent()) {
      log.info(
          "{}: address {} is withdrawn, its connections are drained", endpoint, withdrawn.get());
    } else {
      log.info("{}: all connections are drained", endpoint);
    }
  }

  @Override
  public void breakerChanged(
      Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {
    if (to == BreakerState.OPEN) {
      log.warn(
          "{}: circuit breaker {} -> {}, dials are refused; {}",
          endpoint,
          from,
          to,
          why.map(LogListener::message).orElse("no failure is known"));
    } else {
      log.info("{}: circuit breaker {} -> {}", endpoint, from, to);
    }
  }

  // ---- failures ----

  @Override
  public void resolveFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    failed(endpoint, failure);
  }

  @Override
  public void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    failed(endpoint, failure);
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    failed(endpoint, failure);
  }

  /** Only what the pool itself refused: the failure of a dial was told as that. */
  @Override
  public void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    FailureKind kind = kind(failure);
    if (kind == FailureKind.ACQUIRE_TIMED_OUT || kind == FailureKind.QUEUE_FULL) {
      failed(endpoint, failure);
    }
  }

  private void failed(Endpoint endpoint, IOException failure) {
    FailureKind kind = kind(failure);
    if (kind == FailureKind.INTERRUPTED || kind == FailureKind.CLOSED) {
      return; // this side wanted it so
    }
    long others =
        throttles
            .computeIfAbsent(
                new Topic(endpoint, kind), unused -> new Throttle(ticker, BETWEEN_LINES))
            .tryPass();
    if (others == 0) {
      log.warn("{}", message(failure));
    } else if (others != Throttle.HELD_BACK) {
      log.warn("{} ({} more of this kind since the last line)", message(failure), others);
    }
  }

  @Override
  public void forgotten(Endpoint endpoint) {
    throttles.keySet().removeIf(topic -> topic.endpoint().equals(endpoint));
  }

  private static FailureKind kind(IOException failure) {
    return Failures.find(failure).map(ConnectionFailure::kind).orElse(FailureKind.OTHER);
  }

  /** One line, whatever a peer or a certificate put into the text. */
  private static String message(IOException failure) {
    return Failures.safeText(failure).replaceAll("\\p{Cntrl}+", " ");
  }
}
