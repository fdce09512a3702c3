package io.trunkline.okhttp;

import io.trunkline.ConnectionManager;
import io.trunkline.config.PoolSettings;
import io.trunkline.net.Endpoint;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * The pool settings of each endpoint. What the manager was told of that one endpoint comes first,
 * then what the adapter was told, then what holds in the manager for all. Thread-safe.
 */
final class EndpointPools implements Function<Endpoint, PoolSettings> {
  private final ConnectionManager manager;
  private final PoolSettings ofAdapter;

  /** Of those alone that the manager has settings for. */
  private final ConcurrentMap<Endpoint, PoolSettings> own = new ConcurrentHashMap<>();

  /**
   * @param ofAdapter those of the manager, with what the adapter was told instead
   */
  EndpointPools(ConnectionManager manager, PoolSettings ofAdapter) {
    this.manager = manager;
    this.ofAdapter = ofAdapter;
  }

  @Override
  public PoolSettings apply(Endpoint endpoint) {
    PoolSettings its = manager.poolSettings(endpoint);
    return its == manager.poolSettings()
        ? ofAdapter
        : own.computeIfAbsent(endpoint, each -> merged(its));
  }

  private PoolSettings merged(PoolSettings its) {
    return its.toBuilder()
        .minIdle(0) // OkHttp keeps none
        .maxTotal(ofAdapter.maxTotal())
        .maxPerEndpoint(chosen(its, PoolSettings::maxPerEndpoint))
        .maxPending(chosen(its, PoolSettings::maxPending))
        .acquireTimeout(chosen(its, PoolSettings::acquireTimeout))
        .maxLifetime(chosen(its, PoolSettings::maxLifetime))
        .build();
  }

  /** A setting of the endpoint that is that of the manager is none of its own. */
  private <T> T chosen(PoolSettings its, Function<PoolSettings, T> setting) {
    T ofEndpoint = setting.apply(its);
    boolean isOwn = !ofEndpoint.equals(setting.apply(manager.poolSettings()));
    return isOwn ? ofEndpoint : setting.apply(ofAdapter);
  }
}
