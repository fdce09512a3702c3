package io.trunkline.connect;

import io.trunkline.config.ResolveSettings;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One endpoint in the address book: one lookup at a time, and all that follows from its end.
 *
 * <p>All is decided under the lock; the resolver, callbacks and waiters come after it. One timer
 * looks after the entry: while the endpoint is in use it looks up again, else it drops the entry
 * when nothing in it can be served any more.
 */
final class BookEntry {
  private static final Logger LOG = LoggerFactory.getLogger(BookEntry.class);

  /** A resolver that reports a change whenever it is asked must not keep a worker busy. */
  private static final long CHANGE_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final String NO_THREAD = "no thread could be had for the lookup";
  private static final String TOO_MANY =
      "more than "
          + LookupWorkers.MOST_WAITING
          + " names wait to be looked up, because the resolver hangs or is slow";

  private final Endpoint endpoint;
  private final AddressBook book;
  private final long slowAfterNanos;
  private final Subscription subscription;
  private final AtomicInteger turn = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();

  // Guarded by the lock.
  private final Knowledge knowledge;
  private Set<InetSocketAddress> told = Set.of();
  private SharedLookup underWay;
  private long lastEndNanos;
  private boolean changedMeanwhile;
  private Runnable cancelTimer = () -> {};
  private boolean dropped;

  BookEntry(Endpoint endpoint, AddressBook book, ResolveSettings settings) {
    this.endpoint = endpoint;
    this.book = book;
    this.slowAfterNanos = settings.slowAfter().toNanos();
    this.subscription = new Subscription(endpoint);
    long now = book.ticker().nanoTime();
    this.knowledge = new Knowledge(settings, now);
    this.lastEndNanos = now - CHANGE_PAUSE_NANOS;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  List<InetSocketAddress> known() {
    lock.lock();
    try {
      return knowledge.addresses();
    } finally {
      lock.unlock();
    }
  }

  // ---- asking ----

  /** The caller's own future; null if the entry was dropped and has to be asked for again. */
  CompletableFuture<List<InetSocketAddress>> ask() {
    List<InetSocketAddress> served = null;
    Throwable refused = null;
    SharedLookup begun = null;
    CompletableFuture<List<InetSocketAddress>> waiter = null;
    lock.lock();
    try {
      if (dropped) {
        return null;
      }
      long now = book.ticker().nanoTime();
      if (knowledge.isFresh(now) || (knowledge.isUsable(now) && isWaitingInVain(now))) {
        served = knowledge.addresses();
        begun = knowledge.isRefreshDue(now) ? begin(now, true) : null;
      } else if (underWay == null && knowledge.negative(now) != null) {
        refused = knowledge.negative(now);
      } else {
        begun = begin(now, false);
        waiter = join(underWay);
      }
    } finally {
      lock.unlock();
    }
    if (begun != null) {
      run(begun);
    }
    if (served != null) {
      return CompletableFuture.completedFuture(ordered(served));
    }
    return refused != null ? CompletableFuture.failedFuture(refused) : waiter;
  }

  /** Under the lock. */
  private CompletableFuture<List<InetSocketAddress>> join(SharedLookup lookup) {
    CompletableFuture<List<InetSocketAddress>> waiter = lookup.join();
    var unused = waiter.whenComplete((addresses, failed) -> leave(lookup, waiter));
    return waiter;
  }

  private void leave(SharedLookup lookup, CompletableFuture<?> waiter) {
    lock.lock();
    try {
      lookup.leave(waiter);
      if (underWay != lookup || lookup.isWanted()) {
        return;
      }
      end(lookup, book.ticker().nanoTime(), Knowledge.SHORTEST_PAUSE_NANOS);
    } finally {
      lock.unlock();
    }
    lookup.withdraw.run();
  }

  private List<InetSocketAddress> ordered(List<InetSocketAddress> addresses) {
    return book.order()
        .of(addresses, turn.getAndIncrement(), address -> book.user().load(endpoint, address));
  }

  /** Under the lock: whether lookups fail or take long. */
  private boolean isWaitingInVain(long now) {
    return knowledge.lastLookupFailed()
        || (underWay != null && now - underWay.startNanos >= slowAfterNanos);
  }

  /** Under the lock: the new lookup, null if one is under way. */
  private SharedLookup begin(long now, boolean refreshes) {
    if (underWay != null) {
      return null;
    }
    SharedLookup begun = new SharedLookup(now);
    begun.refreshes = refreshes;
    if (knowledge.isUsable(now)) {
      begun.cancelSlow = book.housekeeper().schedule(slowAfterNanos, () -> becameSlow(begun));
    }
    underWay = begun;
    return begun;
  }

  // ---- looking up ----

  private void run(SharedLookup lookup) {
    Runnable withdraw =
        book.lookups().tryRun(() -> lookUp(lookup), () -> abandon(lookup, NO_THREAD));
    if (withdraw == null) {
      abandon(lookup, TOO_MANY);
      return;
    }
    lock.lock();
    try {
      lookup.withdraw = withdraw;
    } finally {
      lock.unlock();
    }
  }

  private void lookUp(SharedLookup lookup) {
    if (!begins(lookup)) {
      return;
    }
    subscription.begin(book.resolver(), this::changed);
    if (isDropped()) {
      subscription.end();
    }
    lock.lock();
    try {
      lookup.asking = true;
    } finally {
      lock.unlock();
    }
    Answer answer;
    try {
      answer = Answer.ask(book.resolver(), endpoint);
    } catch (IOException | RuntimeException | Error failed) {
      failed(lookup, failed);
      return;
    }
    tell(answer);
    succeeded(lookup, answer.addresses());
  }

  /** False if it has ended while it waited for a worker. */
  private boolean begins(SharedLookup lookup) {
    lock.lock();
    try {
      lookup.begun = underWay == lookup;
      return lookup.begun;
    } finally {
      lock.unlock();
    }
  }

  /** While the lookup still counts as under way, so that changes are told in their order. */
  private void tell(Answer answer) {
    Set<InetSocketAddress> current = Set.copyOf(answer.addresses());
    lock.lock();
    try {
      if (dropped || !answer.complete() || current.equals(told)) {
        return;
      }
      told = current;
    } finally {
      lock.unlock();
    }
    try {
      book.user().addressesChanged(endpoint, current);
    } catch (RuntimeException defect) {
      LOG.error("Cannot withdraw addresses of {}; this is a defect in Trunkline", endpoint, defect);
    }
  }

  private void succeeded(SharedLookup lookup, List<InetSocketAddress> addresses) {
    List<CompletableFuture<List<InetSocketAddress>>> waiters;
    long elapsed;
    lock.lock();
    try {
      long now = book.ticker().nanoTime();
      elapsed = now - lookup.startNanos;
      waiters = end(lookup, now, knowledge.succeeded(addresses, now));
    } finally {
      lock.unlock();
    }
    waiters.forEach(waiter -> waiter.complete(ordered(addresses)));
    if (!book.isClosed()) {
      book.listener().resolved(endpoint, elapsed, addresses);
    }
  }

  private void failed(SharedLookup lookup, Throwable failed) {
    List<CompletableFuture<List<InetSocketAddress>>> waiters;
    List<InetSocketAddress> stale;
    long elapsed;
    lock.lock();
    try {
      long now = book.ticker().nanoTime();
      elapsed = now - lookup.startNanos;
      stale = knowledge.isUsable(now) ? knowledge.addresses() : null;
      waiters = end(lookup, now, knowledge.failed(failed, now));
    } finally {
      lock.unlock();
    }
    for (CompletableFuture<List<InetSocketAddress>> waiter : waiters) {
      if (stale != null) {
        waiter.complete(ordered(stale));
      } else {
        waiter.completeExceptionally(failed);
      }
    }
    if (!book.isClosed()) {
      book.listener().resolveFailed(endpoint, elapsed, described(elapsed, failed));
    }
  }

  private IOException described(long elapsedNanos, Throwable failed) {
    return Failures.exception(
        FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos)
            .withNote(failed instanceof UnknownHostException ? null : Failures.safeText(failed)),
        failed);
  }

  /** Under the lock: those who waited for the lookup. */
  private List<CompletableFuture<List<InetSocketAddress>>> end(
      SharedLookup lookup, long now, long pauseNanos) {
    underWay = null;
    lastEndNanos = now;
    lookup.cancelSlow.run();
    if (changedMeanwhile) {
      changedMeanwhile = false;
      knowledge.expire(now);
      lookAfter(CHANGE_PAUSE_NANOS);
    } else {
      lookAfter(pauseNanos);
    }
    return lookup.takeWaiters();
  }

  /** Who waits for the lookup gets the stale addresses, if there are any. */
  private void becameSlow(SharedLookup lookup) {
    List<CompletableFuture<List<InetSocketAddress>>> waiters = List.of();
    List<InetSocketAddress> stale;
    lock.lock();
    try {
      stale = knowledge.addresses();
      if (knowledge.isUsable(book.ticker().nanoTime())) {
        waiters = lookup.takeWaiters();
        lookup.refreshes = true; // what they got is stale
      }
    } finally {
      lock.unlock();
    }
    waiters.forEach(waiter -> waiter.complete(ordered(stale)));
  }

  /** It will never run: the workers are closed, or have too much to do. */
  private void abandon(SharedLookup lookup, String why) {
    List<CompletableFuture<List<InetSocketAddress>>> waiters;
    lock.lock();
    try {
      if (underWay != lookup) {
        return; // nobody waited for it any more
      }
      waiters = end(lookup, book.ticker().nanoTime(), Knowledge.SHORTEST_PAUSE_NANOS);
    } finally {
      lock.unlock();
    }
    for (CompletableFuture<List<InetSocketAddress>> waiter : waiters) {
      if (book.isClosed()) {
        waiter.cancel(false);
      } else {
        waiter.completeExceptionally(
            Failures.exception(
                FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
                    .withEndpoint(endpoint)
                    .withNote(why)));
      }
    }
  }

  // ---- looking after it ----

  /** Told by the resolver, from any thread: what is known may be wrong. */
  private void changed() {
    lock.lock();
    try {
      if (underWay != null) {
        changedMeanwhile |= underWay.asking; // else its answer has the change in it
      } else if (!dropped) {
        long now = book.ticker().nanoTime();
        knowledge.expire(now);
        lookAfter(Math.max(0, lastEndNanos + CHANGE_PAUSE_NANOS - now));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private void lookAfter(long delayNanos) {
    cancelTimer.run();
    if (!dropped) {
      cancelTimer = book.housekeeper().schedule(delayNanos, this::look);
    }
  }

  /** On the housekeeper: an endpoint in use is looked up, another one dropped in its time. */
  private void look() {
    boolean inUse = book.user().isInUse(endpoint);
    SharedLookup begun = null;
    lock.lock();
    try {
      if (dropped || underWay != null) {
        return; // the end of the lookup brings us back
      }
      long now = book.ticker().nanoTime();
      if (inUse) {
        begun = begin(now, true);
      } else if (knowledge.leftNanos(now) > 0) {
        lookAfter(knowledge.leftNanos(now));
      } else {
        dropped = true;
      }
    } finally {
      lock.unlock();
    }
    if (begun != null) {
      run(begun);
    } else if (isDropped()) {
      book.forget(this);
    }
  }

  private boolean isDropped() {
    lock.lock();
    try {
      return dropped;
    } finally {
      lock.unlock();
    }
  }

  /** Keeps nothing awake any more. A lookup under way still answers those who wait for it. */
  void drop() {
    letGo();
    if (subscription.stands()) {
      book.lookups().run(subscription::end, subscription::end);
    }
  }

  private void letGo() {
    lock.lock();
    try {
      dropped = true;
      cancelTimer.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The manager is closed: drops it, and who waits need wait no more. The subscription ends here
   * and now, for the workers are about to be closed, which would interrupt the resolver in it.
   */
  void close() {
    letGo();
    subscription.end();
    List<CompletableFuture<List<InetSocketAddress>>> waiters = List.of();
    lock.lock();
    try {
      if (underWay != null) {
        waiters = underWay.takeWaiters();
      }
    } finally {
      lock.unlock();
    }
    waiters.forEach(waiter -> waiter.cancel(false));
  }
}
