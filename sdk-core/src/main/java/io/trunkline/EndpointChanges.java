package io.trunkline;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.EndpointSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.net.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What is to be different for single endpoints. Kept as changes, for what they change may be set
 * after them. Not thread-safe.
 */
final class EndpointChanges {
  private final Map<Endpoint, List<UnaryOperator<EndpointSettings.Builder>>> changes =
      new LinkedHashMap<>();

  void add(Endpoint endpoint, UnaryOperator<EndpointSettings.Builder> change) {
    changes.computeIfAbsent(endpoint, first -> new ArrayList<>()).add(change);
  }

  /**
   * The settings of each endpoint that has changes, which begin with those of all.
   *
   * @throws IllegalArgumentException if a change sets a bad value
   */
  Map<Endpoint, EndpointSettings> over(
      PoolSettings pool, ConnectSettings connect, SocketSettings socket, TlsSettings tls) {
    Map<Endpoint, EndpointSettings> settings = new HashMap<>();
    changes.forEach(
        (endpoint, ofEndpoint) -> {
          EndpointSettings.Builder its =
              EndpointSettings.builder(endpoint, pool, connect, socket, tls);
          for (UnaryOperator<EndpointSettings.Builder> change : ofEndpoint) {
            its = change.apply(its);
          }
          settings.put(endpoint, its.build());
        });
    return Map.copyOf(settings);
  }
}
