package io.trunkline.spring;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.net.ProbeReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What can be done with endpoints, whoever dials them: where TLS is spoken, the manager knows the
 * endpoint of its own leases and the plain one that HTTP clients dial. Thread-safe.
 */
public final class EndpointActions {
  private final ConnectionManager manager;
  private final NamedEndpoints names;
  private final Supplier<Optional<HttpConnections>> http;

  /**
   * @param http asked for when it is needed; empty where HTTP clients do not run on Trunkline
   */
  EndpointActions(
      ConnectionManager manager, NamedEndpoints names, Supplier<Optional<HttpConnections>> http) {
    this.manager = manager;
    this.names = names;
    this.http = http;
  }

  /** What is dialled for a name, and in use; the endpoint of the name if nothing is. */
  public List<Endpoint> inUse(NamedEndpoint named) {
    List<Endpoint> used = new ArrayList<>();
    for (Endpoint each : names.dialledFor(named)) {
      if (manager.snapshot().endpoint(each).isPresent()) {
        used.add(each);
      }
    }
    return used.isEmpty() ? List.of(named.endpoint()) : used;
  }

  /** Idle connections end now, leased ones when they are released. */
  public void drain(List<Endpoint> endpoints) {
    endpoints.forEach(manager::drain);
  }

  /**
   * Makes the handshakes with each address. They are the same for all that is dialled for a name;
   * if one answers, each breaker closes.
   *
   * @return the report on the last one
   * @throws IOException as {@link ConnectionManager#probe}
   */
  public ProbeReport probe(List<Endpoint> endpoints) throws IOException {
    ProbeReport report = null;
    for (Endpoint each : endpoints) {
      if (report == null || report.answered()) {
        report = manager.probe(each);
      }
    }
    return report;
  }

  /**
   * Opens connections where they will be looked for: in the pool of HTTP clients if the properties
   * say that these call the endpoint, or if they have called it lately, else in that of the
   * manager.
   *
   * @return how many are open
   * @throws IOException the first failure, if none is open
   */
  public int warmUp(Endpoint endpoint, int connections) throws IOException {
    Optional<NamedEndpoint> named = names.of(endpoint);
    Endpoint plain = named.map(NamedEndpoint::plain).orElse(endpoint);
    Optional<HttpConnections> clients = http.get();
    boolean isCalled =
        clients.isPresent()
            && (named.map(NamedEndpoint::http).orElse(false) || clients.get().has(plain));
    return isCalled
        ? clients.get().warmUp(plain, connections)
        : manager.warmUp(named.map(NamedEndpoint::endpoint).orElse(endpoint), connections);
  }
}
