package io.trunkline.spring.actuator;

import io.trunkline.ConnectionManager;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.FailedDial;
import io.trunkline.net.ManagerSnapshot;
import io.trunkline.spring.NamedEndpoint;
import io.trunkline.spring.NamedEndpoints;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while there is a manager. An endpoint that does not answer is a detail: if this application
 * were taken out of service for it, an outage elsewhere would become one here.
 */
final class TrunklineHealthIndicator extends AbstractHealthIndicator {
  private final ConnectionManager manager;
  private final NamedEndpoints names;

  TrunklineHealthIndicator(ConnectionManager manager, NamedEndpoints names) {
    super("Trunkline cannot tell of its connections");
    this.manager = manager;
    this.names = names;
  }

  @Override
  protected void doHealthCheck(Health.Builder builder) {
    ManagerSnapshot snapshot = manager.snapshot();
    Map<String, Object> endpoints = new TreeMap<>();
    for (EndpointSnapshot each : snapshot.endpoints()) {
      endpoints.put(keyOf(each.endpoint(), snapshot), of(each));
    }
    builder
        .up()
        .withDetail("transport", snapshot.transport().name())
        .withDetail("openConnections", snapshot.openConnections())
        .withDetail("endpoints", endpoints);
  }

  /** Its name; what HTTP clients dial for a name that speaks TLS may be in use beside it. */
  private String keyOf(Endpoint endpoint, ManagerSnapshot snapshot) {
    String name = names.nameOf(endpoint);
    boolean isTaken =
        names
            .find(name)
            .map(NamedEndpoint::endpoint)
            .filter(named -> !named.equals(endpoint) && snapshot.endpoint(named).isPresent())
            .isPresent();
    return isTaken ? name + " (" + endpoint + ")" : name;
  }

  private static Map<String, Object> of(EndpointSnapshot endpoint) {
    Map<String, Object> detail = new LinkedHashMap<>();
    detail.put("endpoint", endpoint.endpoint().toString());
    detail.put("reachable", isReachable(endpoint));
    endpoint.breaker().ifPresent(breaker -> detail.put("breaker", breaker.state().name()));
    detail.put("active", endpoint.active());
    detail.put("idle", endpoint.idle());
    detail.put("waiting", endpoint.waiting());
    endpoint.lastFailure().ifPresent(last -> detail.put("lastFailure", SnapshotView.of(last)));
    return detail;
  }

  /** Whether a connection is open, or at least nothing speaks against it. */
  private static boolean isReachable(EndpointSnapshot endpoint) {
    boolean refused =
        endpoint
            .breaker()
            .filter(
                each -> each.state() == BreakerState.OPEN || each.state() == BreakerState.HALF_OPEN)
            .isPresent();
    return !refused
        && (endpoint.active() + endpoint.idle() > 0
            || endpoint.lastFailure().map(FailedDial::recovered).orElse(true));
  }
}
