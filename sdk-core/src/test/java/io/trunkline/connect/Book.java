package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Gives the addresses that a test says, and keeps what it is told of them. */
final class Book implements Addresses {
  final List<InetSocketAddress> succeeded = new CopyOnWriteArrayList<>();
  final List<InetSocketAddress> failed = new CopyOnWriteArrayList<>();
  private final CompletableFuture<List<InetSocketAddress>> answer;

  /** Null for a resolver that does not answer. */
  Book(List<InetSocketAddress> addresses) {
    answer =
        addresses == null
            ? new CompletableFuture<>()
            : CompletableFuture.completedFuture(addresses);
  }

  /** The answer of a resolver that took its time. */
  void answer(List<InetSocketAddress> addresses) {
    answer.complete(addresses);
  }

  @Override
  public CompletableFuture<List<InetSocketAddress>> of(Endpoint endpoint) {
    return answer.copy();
  }

  @Override
  public void succeeded(InetSocketAddress address) {
    succeeded.add(address);
  }

  @Override
  public void failed(InetSocketAddress address) {
    failed.add(address);
  }
}
