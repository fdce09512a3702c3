package io.trunkline.okhttp;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The leave of one call. The call keeps it while it has a connection of its own, and from one
 * connection to the next one; to a connection that it shares it passes it on. Thread-safe: dials
 * ask on threads of OkHttp, and may be late.
 */
final class CallLeave {
  private final Permits permits;
  private final PermitWaiter waiter = new PermitWaiter();
  private final AtomicReference<Permit> permit = new AtomicReference<>();

  private volatile boolean foundNoRoom;
  private volatile IOException denied;

  /** No dial of the call is wanted: it has a connection, or has ended. */
  private volatile boolean isServed;

  private volatile boolean isOver;

  CallLeave(Permits permits) {
    this.permits = permits;
  }

  // ---- waiting ----

  /** Whom the call is told to wait for. */
  void named(Endpoint endpoint) {
    waiter.named = endpoint;
  }

  /** Waits for leave to use a connection to the endpoint, unless it has it. */
  void await(Endpoint endpoint, long limitNanos) throws IOException {
    if (denied != null) {
      denied = null;
    }
    Permit has = permit.get();
    if (has != null && has.endpoint.equals(endpoint)) {
      return;
    }
    giveBack();
    replace(permits.take(endpoint, waiter, limitNanos));
  }

  /** From within OkHttp, which a refusal cannot be thrown through: the dial throws it. */
  void awaitForDial(Endpoint endpoint, long limitNanos) {
    try {
      await(endpoint, limitNanos);
    } catch (IOException refusal) {
      denied = refusal;
    }
  }

  /**
   * All shared connections are full and there is no place for another: waits for either.
   *
   * @param startNanos when the limit began
   */
  void awaitMore(Endpoint endpoint, long startNanos, long limitNanos) throws IOException {
    foundNoRoom = false;
    Permit has = permit.getAndSet(null);
    long seen = has == null ? -1 : has.seen;
    if (has != null) {
      permits.give(has);
    }
    replace(permits.takeMore(endpoint, waiter, seen, startNanos, limitNanos));
  }

  /** Whether the last thing that happened is a dial that was refused for want of room. */
  boolean foundNoRoom() {
    return foundNoRoom;
  }

  /** Whether it had to wait for leave. */
  boolean hasWaited() {
    return waiter.hasWaited;
  }

  /** Ends the wait, now or when it begins. */
  void cancel() {
    permits.cancel(waiter);
  }

  // ---- dialling ----

  /** A dial begins, on a thread of OkHttp's: it needs a place of its own. */
  void check(Endpoint endpoint) throws IOException {
    IOException refusal = denied;
    if (refusal != null) {
      throw refusal;
    }
    Permit has = permit.get();
    if (has != null && has.counted && has.endpoint.equals(endpoint)) {
      return;
    }
    if (isServed) {
      throw late(endpoint);
    }
    Permit now = permits.tryTake(endpoint);
    if (now == null) {
      foundNoRoom = true;
      throw permits.noRoom(endpoint);
    }
    Permit unwanted = permit.compareAndSet(has, now) ? has : now;
    if (unwanted != null) {
      permits.give(unwanted); // if it is the new one, another attempt of the race was faster
    }
    if (isOver) {
      giveBack();
    }
  }

  private static IOException late(Endpoint endpoint) {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, FailurePhase.ACQUIRE)
            .withEndpoint(endpoint)
            .withNote("the call has its connection, or has ended"));
  }

  // ---- using ----

  /** The call has a connection of its own. What it uses counts, whether or not it asked first. */
  void using(ConnectionLeave connection, Endpoint endpoint) {
    served();
    Permit has = permit.get();
    if (has == null || !has.counted) {
      has = permits.takeAnyway(endpoint);
      replace(has);
    }
    connection.usedBy(this, has);
  }

  /** The call has a connection that others have, too. */
  void sharing(ConnectionLeave connection, Endpoint endpoint) {
    served();
    connection.joined(permit.getAndSet(null), endpoint);
  }

  private void served() {
    isServed = true;
    if (foundNoRoom) {
      foundNoRoom = false;
    }
  }

  /** It has its connection no longer, and may dial another. */
  void unserved() {
    isServed = false;
  }

  private void replace(Permit now) {
    Permit before = permit.getAndSet(now);
    if (before != null) {
      permits.give(before); // of a dial that came late
    }
  }

  void giveBack() {
    Permit has = permit.getAndSet(null);
    if (has != null) {
      permits.give(has);
    }
  }

  /** The call has ended. */
  void end() {
    isServed = true;
    isOver = true;
    giveBack();
  }
}
