package io.trunkline.samples.live.events;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.spring.NamedEndpoints;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The last events, newest first. A bean that is a ConnectionListener is told of everything by the
 * starter. What happens again while it is fresh is counted, not listed again. Thread-safe.
 */
public final class EventFeed implements ConnectionListener {
  private static final int KEPT = 60;

  /** How far back an event may be to be counted instead of listed anew. */
  private static final long SAME_WITHIN_MILLIS = 3_000;

  private final NamedEndpoints names;
  private final List<Event> newestFirst = new ArrayList<>();
  private long lastId;

  public EventFeed(NamedEndpoints names) {
    this.names = names;
  }

  /** A snapshot, newest first. */
  public synchronized List<Event> events() {
    return List.copyOf(newestFirst);
  }

  /** A button was pressed. */
  public void acted(String backend, String title, String text) {
    add(backend, Event.Type.ACTION, title, text, "");
  }

  /** A call ended with this failure. */
  public void callFailed(String backend, ConnectionFailure failure) {
    boolean isShed =
        failure.kind() == FailureKind.BREAKER_OPEN
            || failure.kind() == FailureKind.ACQUIRE_TIMED_OUT
            || failure.kind() == FailureKind.QUEUE_FULL;
    add(
        backend,
        isShed ? Event.Type.SHED : Event.Type.FAILURE,
        failure.kind().name(),
        ((Throwable) failure).getMessage(),
        failure.advice().words());
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
  public void breakerChanged(
      Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {
    String name = names.nameOf(endpoint);
    switch (to) {
      case OPEN -> {
        if (from == BreakerState.HALF_OPEN) {
          return; // the probe that failed has said so
        }
        add(
            name,
            Event.Type.BAD,
            "Breaker open",
            "Dials are refused on this side, at once; a probe goes on trying."
                + why.map(each -> " It was: " + each.getMessage()).orElse(""),
            "");
      }
      case CLOSED ->
          add(
              name,
              Event.Type.GOOD,
              "Breaker closed",
              "The endpoint answers again, and calls flow.",
              "");
      default -> {} // half open: the probe says more
    }
  }

  @Override
  public void probed(Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
    String name = names.nameOf(endpoint);
    if (failure.isEmpty()) {
      add(
          name,
          Event.Type.GOOD,
          "Probe answered",
          "A handshake took " + elapsedNanos / 1_000 + " µs. No user's call was risked for it.",
          "");
      return;
    }
    String kind =
        Failures.find(failure.get()).map(known -> known.kind().title()).orElse("it failed");
    add(
        name,
        Event.Type.BAD,
        "Probe failed",
        "Still: " + kind + ". The next one comes after twice the time.",
        "");
  }

  @Override
  public void closed(
      Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
    if (reason == CloseReason.PEER_CLOSED) {
      add(
          names.nameOf(endpoint),
          Event.Type.NOTE,
          "Idle close by peer",
          "Seen at once, and taken out of the pool before a call could get it.",
          "");
    }
  }

  @Override
  public void drained(Endpoint endpoint, Optional<InetSocketAddress> withdrawn) {
    add(
        names.nameOf(endpoint),
        Event.Type.NOTE,
        "Drained",
        "Idle connections ended now, busy ones end with their call; new ones take their place.",
        "");
  }

  private synchronized void add(
      String backend, Event.Type type, String title, String text, String advice) {
    long now = System.currentTimeMillis();
    Event event = new Event(++lastId, now, now, backend, type, title, text, advice, 1);
    for (int i = 0; i < newestFirst.size(); i++) {
      Event each = newestFirst.get(i);
      if (each.type() == Event.Type.ACTION) {
        break; // what follows a button is listed above it
      }
      if (each.isLike(event) && now - each.lastMillis() <= SAME_WITHIN_MILLIS) {
        newestFirst.set(i, each.again(now, text));
        return;
      }
    }
    newestFirst.add(0, event);
    if (newestFirst.size() > KEPT) {
      newestFirst.remove(KEPT);
    }
  }
}
