package io.trunkline.connect;

import io.trunkline.time.Workers;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns host names into addresses on workers of its own, because a lookup cannot be bounded or
 * interrupted itself. Dials to one host that come while it is looked up share the answer.
 */
final class Resolver {
  private final Workers workers;
  private final ConcurrentHashMap<String, CompletableFuture<List<InetAddress>>> underWay =
      new ConcurrentHashMap<>();

  Resolver(Workers workers) {
    this.workers = workers;
  }

  /** The address that an IP literal is; empty for a name. Never asks a name server. */
  static Optional<InetAddress> literal(String host) throws UnknownHostException {
    return host.indexOf(':') >= 0 || isDottedQuad(host)
        ? Optional.of(InetAddress.getByName(host))
        : Optional.empty();
  }

  /**
   * The addresses of a name, in the order of the system's resolver. Shared: not to be cancelled.
   */
  CompletableFuture<List<InetAddress>> resolve(String host) {
    CompletableFuture<List<InetAddress>> mine = new CompletableFuture<>();
    CompletableFuture<List<InetAddress>> known = underWay.putIfAbsent(host, mine);
    if (known != null) {
      return known;
    }
    workers.execute(
        () -> lookUp(host, mine), () -> end(host, mine, new UnknownHostException(host)));
    return mine;
  }

  private void lookUp(String host, CompletableFuture<List<InetAddress>> result) {
    try {
      List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
      underWay.remove(host, result);
      result.complete(addresses);
    } catch (UnknownHostException | RuntimeException | Error failed) {
      end(host, result, failed);
    }
  }

  private void end(String host, CompletableFuture<List<InetAddress>> result, Throwable failed) {
    underWay.remove(host, result);
    result.completeExceptionally(failed);
  }

  /** Four numbers up to 255. What only looks like an address goes to a worker like any name. */
  private static boolean isDottedQuad(String host) {
    int parts = 1;
    int digits = 0;
    int value = 0;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c == '.' && digits > 0) {
        parts++;
        digits = 0;
        value = 0;
      } else if (c >= '0' && c <= '9' && digits < 3 && value * 10 + (c - '0') <= 255) {
        digits++;
        value = value * 10 + (c - '0');
      } else {
        return false;
      }
    }
    return parts == 4 && digits > 0;
  }
}
