package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * Endpoints with names of their own, as many as one likes; behind all of them is the one server.
 */
final class ManyEndpoints {
  private ManyEndpoints() {}

  /** The first one needs no lookup. */
  static Endpoint endpoint(int number) {
    String host = number == 0 ? Server.host() : "endpoint-" + number + ".test";
    return Endpoint.tcp(host, Server.port());
  }

  /** Knows the endpoints, keeps idle connections, and looks no name up a second time. */
  static ConnectionManager.Builder manager(TransportMode transport, int perEndpoint, int total) {
    List<InetSocketAddress> server = List.of(Server.address());
    return ConnectionManager.builder()
        .transport(transport)
        .resolver(endpoint -> server)
        .resolve(r -> r.ttl(Duration.ofHours(1)))
        .pool(
            p ->
                p.maxPerEndpoint(perEndpoint)
                    .maxTotal(total)
                    .acquireTimeout(Duration.ofSeconds(LeasePool.LIMIT_SECONDS))
                    .idleTimeout(Duration.ZERO));
  }
}
