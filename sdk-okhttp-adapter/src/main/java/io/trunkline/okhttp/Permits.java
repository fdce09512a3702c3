package io.trunkline.okhttp;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The caps: how many connections may be in use, to each endpoint and in all. OkHttp cannot be asked
 * to wait inside a dial, where it would not see a connection that comes free; so a call waits here
 * before it looks for one. First come, first served, over all endpoints; thread-safe.
 *
 * <p>A connection that is shared by calls (HTTP/2) holds one permit as long as it has any, and
 * meanwhile other calls need no place of their own.
 */
final class Permits {
  private final OkHttpSettings settings;
  private final int inAll;
  private final Refusals refusals;
  private final Consumer<Endpoint> waitsFor;

  /** Guards all that follows; held for moments, never over a wait. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Map<Endpoint, PermitQueue> queues = new HashMap<>();
  private int taken;
  private int waiting;
  private long arrivals;

  /** Counts the moments at which there was something more to share, of all queues. */
  private long changes;

  /**
   * @param waitsFor hears whom a call waits for, outside of the lock
   */
  Permits(OkHttpSettings settings, Consumer<Endpoint> waitsFor) {
    this.waitsFor = waitsFor;
    this.settings = settings;
    this.inAll = settings.maxConnections();
    this.refusals = new Refusals(settings);
  }

  // ---- taking ----

  /** Leave for one connection if that needs no wait; else null. */
  Permit tryTake(Endpoint endpoint) {
    lock.lock();
    try {
      PermitQueue queue = queue(endpoint);
      Permit now = takeNow(queue, endpoint, false);
      removeIfUnused(endpoint, queue);
      return now;
    } finally {
      lock.unlock();
    }
  }

  /** Leave for one connection that a call has already, so that it counts, whatever the caps say. */
  Permit takeAnyway(Endpoint endpoint) {
    lock.lock();
    try {
      return taken(queue(endpoint), endpoint);
    } finally {
      lock.unlock();
    }
  }

  /** Leave for one connection, or to share one. */
  Permit take(Endpoint endpoint, PermitWaiter waiter, long limitNanos) throws IOException {
    Permit now = takeOrQueue(endpoint, waiter, true, 0);
    return now != null ? now : await(endpoint, waiter, System.nanoTime(), limitNanos);
  }

  /**
   * The same for a call that found all that is shared full.
   *
   * @param seen {@link Permit#seen} of its leave to share; whatever can be shared since then is
   *     enough. Less than 0 if it had none
   * @param startNanos when the limit began
   */
  Permit takeMore(
      Endpoint endpoint, PermitWaiter waiter, long seen, long startNanos, long limitNanos)
      throws IOException {
    Permit now = takeOrQueue(endpoint, waiter, false, seen);
    return now != null ? now : await(endpoint, waiter, startNanos, limitNanos);
  }

  /**
   * Leave now, or a place in the queue.
   *
   * @param waiter of this call, by which {@link #cancel} finds it
   * @return null if it is in the queue
   * @throws IOException if there are too many waiting, or the call was cancelled
   */
  private Permit takeOrQueue(Endpoint endpoint, PermitWaiter waiter, boolean mayShare, long seen)
      throws IOException {
    lock.lock();
    try {
      PermitQueue queue = queue(endpoint);
      boolean share = mayShare || queue.changed > seen;
      Permit now = queue.waiters.isEmpty() ? takeNow(queue, endpoint, share) : null;
      if (now != null) {
        return now;
      }
      if (waiter.cancelled || queue.isCrowded()) {
        removeIfUnused(endpoint, queue);
        throw waiter.cancelled
            ? Refusals.cancelled(endpoint)
            : refusals.of(endpoint, FailureKind.QUEUE_FULL, 0);
      }
      waiter.woken.drainPermits();
      waiter.arrival = arrivals++;
      waiter.queued = true;
      waiter.hasWaited = true;
      queue.waiters.add(waiter);
      waiting++;
    } finally {
      lock.unlock();
    }
    waitsFor.accept(waiter.named(endpoint));
    return null;
  }

  private PermitQueue queue(Endpoint endpoint) {
    return queues.computeIfAbsent(
        endpoint,
        each ->
            new PermitQueue(settings.maxConnectionsPerEndpoint(each), settings.maxPending(each)));
  }

  private Permit takeNow(PermitQueue queue, Endpoint endpoint, boolean mayShare) {
    if (mayShare && queue.shared > 0) {
      return guest(queue, endpoint);
    }
    if (queue.isFull() || taken >= inAll) {
      return null;
    }
    return taken(queue, endpoint);
  }

  private static Permit guest(PermitQueue queue, Endpoint endpoint) {
    queue.guests++;
    return Permit.toShare(endpoint, queue.changed);
  }

  private Permit taken(PermitQueue queue, Endpoint endpoint) {
    queue.taken++;
    taken++;
    return Permit.ofOne(endpoint);
  }

  /**
   * Waits in the queue.
   *
   * @param startNanos when the limit began, which may be before this wait
   * @throws IOException if the limit has passed, the call was cancelled, or the thread interrupted
   */
  private Permit await(Endpoint endpoint, PermitWaiter waiter, long startNanos, long limitNanos)
      throws IOException {
    boolean interrupted = false;
    try {
      long left = limitNanos - (System.nanoTime() - startNanos);
      waiter.woken.tryAcquire(left, TimeUnit.NANOSECONDS);
    } catch (InterruptedException wakeUp) {
      interrupted = true;
    }
    Permit permit = leave(endpoint, waiter);
    if (permit != null && !interrupted) {
      return permit;
    }
    if (permit != null) {
      give(permit);
    }
    long waited = System.nanoTime() - startNanos;
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw refusals.of(endpoint, FailureKind.INTERRUPTED, waited);
    }
    throw waiter.cancelled
        ? Refusals.cancelled(endpoint)
        : refusals.of(endpoint, FailureKind.ACQUIRE_TIMED_OUT, waited);
  }

  /** Out of the queue, with what it got there. */
  private Permit leave(Endpoint endpoint, PermitWaiter waiter) {
    lock.lock();
    try {
      if (waiter.queued) {
        waiter.queued = false;
        PermitQueue queue = queues.get(endpoint);
        queue.waiters.remove(waiter);
        waiting--;
        removeIfUnused(endpoint, queue);
      }
      Permit got = waiter.permit;
      waiter.permit = null;
      return got;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the wait of a call, now or when it begins. */
  void cancel(PermitWaiter waiter) {
    lock.lock();
    try {
      waiter.cancelled = true;
      waiter.woken.release();
    } finally {
      lock.unlock();
    }
  }

  // ---- giving ----

  /** Whoever comes first gets the place. More than once does no harm. */
  void give(Permit permit) {
    lock.lock();
    try {
      if (!permit.returned) {
        giveBack(permit, queues.get(permit.endpoint));
      }
    } finally {
      lock.unlock();
    }
  }

  private void giveBack(Permit permit, PermitQueue queue) {
    permit.returned = true;
    if (permit.counted) {
      if (permit.shared) { // no others are ever idle, and to look for one costs it an identity hash
        queue.idle.remove(permit);
        queue.shared--;
      }
      queue.taken--;
      taken--;
      serve();
    } else {
      queue.guests--;
      settle(permit.endpoint, queue);
    }
    removeIfUnused(permit.endpoint, queue);
  }

  /** No call has the connection of a shared permit: unless one is about to come, it goes. */
  void idle(Permit permit) {
    lock.lock();
    try {
      if (!permit.returned) {
        PermitQueue queue = queues.get(permit.endpoint);
        queue.changed = ++changes;
        queue.idle.add(permit);
        settle(permit.endpoint, queue);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is still there for the first call that comes to its connection again. */
  boolean use(Permit permit) {
    lock.lock();
    try {
      if (!permit.returned) {
        queues.get(permit.endpoint).idle.remove(permit);
      }
      return !permit.returned;
    } finally {
      lock.unlock();
    }
  }

  private void settle(Endpoint endpoint, PermitQueue queue) {
    if (queue.guests > 0 || queue.idle.isEmpty()) {
      return;
    }
    if (queue.waiters.isEmpty()) {
      List.copyOf(queue.idle).forEach(each -> giveBack(each, queue));
    } else {
      wake(queue, guest(queue, endpoint));
    }
  }

  /** The connection of a permit can be shared from now on: nobody has to wait for one. */
  void share(Permit permit) {
    lock.lock();
    try {
      if (permit.returned || permit.shared) {
        return;
      }
      permit.shared = true;
      PermitQueue queue = queues.get(permit.endpoint);
      queue.shared++;
      queue.changed = ++changes;
      while (!queue.waiters.isEmpty()) {
        wake(queue, guest(queue, permit.endpoint));
      }
    } finally {
      lock.unlock();
    }
  }

  /** A call has left a connection that others share: one more may come to it. */
  void left(Endpoint endpoint) {
    lock.lock();
    try {
      PermitQueue queue = queues.get(endpoint);
      if (queue == null || queue.shared == 0) {
        return;
      }
      queue.changed = ++changes;
      if (!queue.waiters.isEmpty()) {
        wake(queue, guest(queue, endpoint));
      }
    } finally {
      lock.unlock();
    }
  }

  private void wake(PermitQueue queue, Permit permit) {
    PermitWaiter first = queue.waiters.remove();
    waiting--;
    first.queued = false;
    first.permit = permit;
    first.woken.release();
  }

  /**
   * A place came free: for whoever waits longest, to whatever endpoint, of those that their own cap
   * lets through. Who waits has found nothing to share.
   */
  private void serve() {
    while (waiting > 0 && taken < inAll) {
      Endpoint longest = null;
      long earliest = Long.MAX_VALUE;
      for (Map.Entry<Endpoint, PermitQueue> each : queues.entrySet()) {
        PermitWaiter first = each.getValue().waiters.peek();
        if (first != null && first.arrival < earliest && !each.getValue().isFull()) {
          earliest = first.arrival;
          longest = each.getKey();
        }
      }
      if (longest == null) {
        return;
      }
      PermitQueue queue = queues.get(longest);
      wake(queue, taken(queue, longest));
    }
  }

  private void removeIfUnused(Endpoint endpoint, PermitQueue queue) {
    if (queue.isUnused()) {
      queues.remove(endpoint, queue);
    }
  }

  /** That there is no place, of the endpoint or in all. */
  IOException noRoom(Endpoint endpoint) {
    return refusals.of(endpoint, FailureKind.ACQUIRE_TIMED_OUT, 0);
  }

  // ---- what is known ----

  /** How many calls wait for leave, to each endpoint that has any, or by the proxy to it. */
  Map<Endpoint, Integer> waiting() {
    Map<Endpoint, Integer> counts = new HashMap<>();
    lock.lock();
    try {
      if (waiting > 0) {
        queues.forEach(
            (endpoint, queue) ->
                queue.waiters.forEach(each -> counts.merge(each.named(endpoint), 1, Integer::sum)));
      }
      return counts;
    } finally {
      lock.unlock();
    }
  }

  /** How many places are taken in all. */
  int taken() {
    lock.lock();
    try {
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** How many endpoints there is anything to know of. */
  int size() {
    lock.lock();
    try {
      return queues.size();
    } finally {
      lock.unlock();
    }
  }
}
