package io.trunkline.spring.actuator;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.ManagerSnapshot;
import io.trunkline.spring.EndpointActions;
import io.trunkline.spring.NamedEndpoint;
import io.trunkline.spring.NamedEndpoints;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The actuator endpoint {@code trunkline}: reading shows the pools, writing drains, warms up or
 * probes an endpoint. To write, set {@code management.endpoint.trunkline.access} to {@code
 * unrestricted}.
 *
 * <p>Only endpoints that have a name, or are in use, can be acted upon: nobody can have the
 * application dial what it would not dial by itself.
 */
@org.springframework.boot.actuate.endpoint.annotation.Endpoint(
    id = "trunkline",
    defaultAccess = Access.READ_ONLY)
public final class TrunklineEndpoint {
  /** What can be done with an endpoint. */
  public enum Action {
    /** Replaces all connections: idle ones end now, leased ones when they are released. */
    DRAIN,

    /** Opens connections before they are needed. */
    WARM_UP,

    /** Makes the handshakes with each address; if one answers, an open circuit breaker closes. */
    PROBE
  }

  private final ConnectionManager manager;
  private final EndpointActions actions;
  private final NamedEndpoints names;
  private final SnapshotView view;

  TrunklineEndpoint(ConnectionManager manager, EndpointActions actions, NamedEndpoints names) {
    this.manager = manager;
    this.actions = actions;
    this.names = names;
    this.view = new SnapshotView(names);
  }

  /** The whole manager. */
  @ReadOperation
  public Map<String, Object> snapshot() {
    return view.of(manager.snapshot());
  }

  /**
   * One endpoint in use; null, which is a 404, if there is none of that name. What HTTP clients
   * dial for a name that speaks TLS is {@code plain} in it where both are in use.
   *
   * @param endpoint its name, or host and port
   */
  @ReadOperation
  public Map<String, Object> endpoint(@Selector String endpoint) {
    ManagerSnapshot snapshot = manager.snapshot();
    Map<String, Object> found = null;
    for (Endpoint each : find(endpoint)) {
      Optional<EndpointSnapshot> seen = snapshot.endpoint(each);
      if (seen.isPresent() && found == null) {
        found = view.of(seen.get());
      } else if (seen.isPresent()) {
        found.put("plain", view.of(seen.get()));
      }
    }
    return found;
  }

  /**
   * Acts upon an endpoint, and waits until it is done. By its name, that is also the plain one that
   * HTTP clients dial where TLS is spoken.
   *
   * @param endpoint its name, or host and port with {@code tls://} before it for TLS
   * @param connections how many are to be open after a warm-up; the {@code warm-up} of its
   *     properties, or 1, where it is null
   */
  @WriteOperation
  public Map<String, Object> act(Action action, String endpoint, @Nullable Integer connections) {
    List<Endpoint> known = find(endpoint);
    if (known.isEmpty()) {
      throw new InvalidEndpointRequestException(
          "There is no endpoint " + endpoint + " in trunkline.endpoints or in use",
          "No such endpoint");
    }
    Endpoint first = known.get(0);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("action", action.name());
    result.put("name", names.nameOf(first));
    result.put("endpoint", first.toString());
    try {
      switch (action) {
        case DRAIN -> actions.drain(known);
        case WARM_UP -> result.put("open", actions.warmUp(first, wanted(first, connections)));
        case PROBE -> result.put("probe", view.of(actions.probe(known)));
      }
      result.put("done", true);
    } catch (IOException failed) {
      result.put("done", false);
      result.put("failure", SnapshotView.of(failed));
    }
    return result;
  }

  private int wanted(Endpoint endpoint, Integer connections) {
    if (connections != null) {
      if (connections < 0) {
        throw new InvalidEndpointRequestException(
            "connections must be 0 or more, but was " + connections, "Bad number of connections");
      }
      return connections;
    }
    return names.of(endpoint).map(NamedEndpoint::warmUp).filter(number -> number > 0).orElse(1);
  }

  /** What a name stands for, or the one endpoint in use; empty if there is none. */
  private List<Endpoint> find(String text) {
    Optional<NamedEndpoint> named = names.find(text);
    if (named.isPresent()) {
      return actions.inUse(named.get());
    }
    return manager.snapshot().endpoints().stream()
        .map(EndpointSnapshot::endpoint)
        .filter(each -> each.toString().equals(text))
        .limit(1)
        .toList();
  }
}
