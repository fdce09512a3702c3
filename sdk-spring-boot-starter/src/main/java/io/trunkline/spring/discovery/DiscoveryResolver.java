package io.trunkline.spring.discovery;

import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.spring.NamedEndpoint;
import io.trunkline.spring.NamedEndpoints;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.cloud.client.discovery.event.HeartbeatMonitor;
import org.springframework.context.ApplicationListener;

/**
 * Asks the discovery client for the endpoints that have a service id, and DNS for all others. When
 * the client tells of a change by its heartbeat, the endpoints in use are looked up at once; where
 * it has no heartbeat, they are after the TTL of the settings. Thread-safe.
 */
final class DiscoveryResolver implements EndpointResolver, ApplicationListener<HeartbeatEvent> {
  /** A service is what a host and port stand for, whoever speaks TLS there. */
  private record Place(String host, int port) {
    static Place of(Endpoint endpoint) {
      return new Place(endpoint.host(), endpoint.port());
    }
  }

  private final Supplier<DiscoveryClient> client;
  private final EndpointResolver others = EndpointResolver.dns();
  private final Map<Place, String> services = new HashMap<>();
  private final Set<Runnable> subscriptions = ConcurrentHashMap.newKeySet();
  private final HeartbeatMonitor heartbeats = new HeartbeatMonitor();

  /**
   * @param client asked for at each lookup and not before: it may itself need an HTTP client, which
   *     dials through the manager that has this resolver
   */
  DiscoveryResolver(Supplier<DiscoveryClient> client, NamedEndpoints endpoints) {
    this.client = client;
    for (NamedEndpoint each : endpoints) {
      each.serviceId().ifPresent(id -> services.put(Place.of(each.endpoint()), id));
    }
  }

  @Override
  public List<InetSocketAddress> resolve(Endpoint endpoint) throws IOException {
    String service = services.get(Place.of(endpoint));
    return service == null ? others.resolve(endpoint) : instances(service);
  }

  private List<InetSocketAddress> instances(String service) throws IOException {
    List<ServiceInstance> found;
    try {
      found = client.get().getInstances(service);
    } catch (RuntimeException failed) {
      // Not an unknown host: what was known before is served on.
      throw new IOException("the discovery client failed for service " + service, failed);
    }
    // Unresolved: a host name among them is looked up where the addresses are cached.
    return found.stream()
        .filter(each -> each.getHost() != null)
        .map(each -> InetSocketAddress.createUnresolved(each.getHost(), each.getPort()))
        .distinct()
        .toList();
  }

  @Override
  public Runnable onChange(Endpoint endpoint, Runnable changed) {
    if (!services.containsKey(Place.of(endpoint))) {
      return others.onChange(endpoint, changed);
    }
    Runnable own = new Subscriber(changed); // the same action may come twice
    subscriptions.add(own);
    return () -> subscriptions.remove(own);
  }

  /** Compared by identity. */
  private static final class Subscriber implements Runnable {
    private final Runnable changed;

    Subscriber(Runnable changed) {
      this.changed = Objects.requireNonNull(changed);
    }

    @Override
    public void run() {
      changed.run();
    }
  }

  @Override
  public void onApplicationEvent(HeartbeatEvent event) {
    if (heartbeats.update(event.getValue())) {
      subscriptions.forEach(Runnable::run);
    }
  }
}
