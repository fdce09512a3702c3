package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * Turns host names into addresses on a worker, because a lookup cannot be bounded or interrupted
 * itself.
 */
final class Resolver {
  private final Executor workers;

  Resolver(Executor workers) {
    this.workers = workers;
  }

  /** The address that an IP literal is; empty for a name. Never asks a name server. */
  static Optional<InetAddress> literal(String host) throws UnknownHostException {
    return host.indexOf(':') >= 0 || isDottedQuad(host)
        ? Optional.of(InetAddress.getByName(host))
        : Optional.empty();
  }

  /** The addresses of a name, in the order of the system's resolver. */
  CompletableFuture<List<InetAddress>> resolve(Endpoint endpoint) {
    CompletableFuture<List<InetAddress>> result = new CompletableFuture<>();
    workers.execute(() -> lookUp(endpoint, result));
    return result;
  }

  private static void lookUp(Endpoint endpoint, CompletableFuture<List<InetAddress>> result) {
    try {
      result.complete(List.of(InetAddress.getAllByName(endpoint.host())));
    } catch (UnknownHostException | RuntimeException failed) {
      result.completeExceptionally(failed);
    }
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
