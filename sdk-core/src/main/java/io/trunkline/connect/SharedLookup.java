package io.trunkline.connect;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One lookup under way, and who waits for it. Guarded by the lock of its {@link BookEntry}. */
final class SharedLookup {
  final long startNanos;

  /** Whether a worker has it: it goes on to its end then. */
  boolean begun;

  /** Whether the resolver is being asked: a change before that is in its answer. */
  boolean asking;

  /** Whether it is worth asking though nobody waits for the answer. */
  boolean refreshes;

  /** Takes it back from the workers, if it has not begun. */
  Runnable withdraw = () -> {};

  /** Ends the timer after which it counts as slow. */
  Runnable cancelSlow = () -> {};

  private Set<CompletableFuture<List<InetSocketAddress>>> waiters = new LinkedHashSet<>();

  SharedLookup(long startNanos) {
    this.startNanos = startNanos;
  }

  CompletableFuture<List<InetSocketAddress>> join() {
    CompletableFuture<List<InetSocketAddress>> waiter = new CompletableFuture<>();
    waiters.add(waiter);
    return waiter;
  }

  /** A lookup may hang for long while dials come and go: none is kept for it. */
  @SuppressWarnings("CollectionUndefinedEquality") // identity is what is meant
  void leave(CompletableFuture<?> waiter) {
    waiters.remove(waiter);
  }

  /** Whether it has to go on: a lookup that nobody waits for and that has not begun need not. */
  boolean isWanted() {
    return begun || refreshes || !waiters.isEmpty();
  }

  /** Who has to be told now; later ones wait on. */
  List<CompletableFuture<List<InetSocketAddress>>> takeWaiters() {
    List<CompletableFuture<List<InetSocketAddress>>> taken = new ArrayList<>(waiters);
    waiters = new LinkedHashSet<>();
    return taken;
  }
}
