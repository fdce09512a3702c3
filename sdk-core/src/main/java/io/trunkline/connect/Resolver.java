package io.trunkline.connect;

import io.trunkline.net.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/**
 * Turns host names into addresses on a worker, because a lookup cannot be bounded or interrupted
 * itself.
 */
final class Resolver {
  private static final Pattern DOTTED_QUAD =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}");

  private final Executor workers;

  Resolver(Executor workers) {
    this.workers = workers;
  }

  /** The addresses in the order of the system's resolver; at once for an IP literal. */
  CompletableFuture<List<InetAddress>> resolve(Endpoint endpoint) {
    CompletableFuture<List<InetAddress>> result = new CompletableFuture<>();
    if (isLiteral(endpoint.host())) {
      lookUp(endpoint, result);
    } else {
      workers.execute(() -> lookUp(endpoint, result));
    }
    return result;
  }

  private static void lookUp(Endpoint endpoint, CompletableFuture<List<InetAddress>> result) {
    try {
      result.complete(List.of(InetAddress.getAllByName(endpoint.host())));
    } catch (UnknownHostException | RuntimeException failed) {
      result.completeExceptionally(failed);
    }
  }

  /**
   * Whether no name server will be asked. What only looks like an address goes to a worker like any
   * name.
   */
  private static boolean isLiteral(String host) {
    return host.indexOf(':') >= 0 || DOTTED_QUAD.matcher(host).matches();
  }
}
