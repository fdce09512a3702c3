package io.trunkline.okhttp;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntBiFunction;

/**
 * Where endpoints stand whose instances, as the manager's resolver knows them, have other ports
 * than the URL. OkHttp is told of addresses alone, and goes on to name the port of the URL; what is
 * dialled is the instance. Thread-safe.
 */
final class OtherPorts {
  private final ConnectionManager manager;
  private final ToIntBiFunction<Endpoint, InetSocketAddress> load;
  private final ConcurrentHashMap<Endpoint, List<InetSocketAddress>> instances =
      new ConcurrentHashMap<>();

  /**
   * @param load how many connections of an endpoint are open to an address
   */
  OtherPorts(ConnectionManager manager, ToIntBiFunction<Endpoint, InetSocketAddress> load) {
    this.manager = manager;
    this.load = load;
  }

  /** What the resolver has answered. */
  void found(Endpoint endpoint, List<InetSocketAddress> addresses) {
    boolean other = false;
    for (InetSocketAddress each : addresses) {
      other |= each.getPort() != endpoint.port();
    }
    if (other) {
      instances.put(endpoint, List.copyOf(addresses));
    } else if (!instances.isEmpty()) {
      instances.remove(endpoint);
    }
  }

  void forget(Endpoint endpoint) {
    instances.remove(endpoint);
  }

  boolean has(Endpoint endpoint) {
    return !instances.isEmpty() && instances.containsKey(endpoint);
  }

  /**
   * Where to dial. Of several instances at one address it is one that has not failed lately, and of
   * these the one with the fewest connections.
   *
   * @param asked by OkHttp, with the port of the URL
   * @return empty if no instance is there any more: then the manager knows better
   */
  Optional<InetSocketAddress> dialled(Endpoint endpoint, Optional<InetSocketAddress> asked) {
    List<InetSocketAddress> known = instances.isEmpty() ? null : instances.get(endpoint);
    if (known == null || asked.isEmpty()) {
      return asked;
    }
    return known.stream()
        .filter(each -> each.getAddress().equals(asked.get().getAddress()))
        .min(
            comparing(manager::hasFailedLately)
                .thenComparing(comparingInt(each -> load.applyAsInt(endpoint, each))));
  }
}
