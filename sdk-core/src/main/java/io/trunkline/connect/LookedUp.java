package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The addresses that the system's resolver gives at each dial, in its order (RFC 6724). */
final class LookedUp implements Addresses {
  private final Resolver resolver;

  LookedUp(Resolver resolver) {
    this.resolver = resolver;
  }

  @Override
  public CompletableFuture<List<InetSocketAddress>> of(Endpoint endpoint) {
    int port = endpoint.port();
    try {
      Optional<InetAddress> literal = Resolver.literal(endpoint.host());
      if (literal.isPresent()) {
        return CompletableFuture.completedFuture(
            List.of(new InetSocketAddress(literal.get(), port)));
      }
    } catch (UnknownHostException notAnAddress) {
      return CompletableFuture.failedFuture(notAnAddress);
    }
    return resolver
        .resolve(endpoint.host())
        .thenApply(all -> all.stream().map(ip -> new InetSocketAddress(ip, port)).toList());
  }
}
