package io.trunkline;

import io.trunkline.breaker.Breakers;
import io.trunkline.breaker.Handshakes;
import io.trunkline.config.EndpointSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.connect.AddressBook;
import io.trunkline.connect.Connector;
import io.trunkline.connect.PolicyGuard;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.pool.ConnectionPools;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.HousekeeperThread;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import io.trunkline.transport.Transport;
import io.trunkline.transport.tls.JsseTls;
import java.io.IOException;
import java.util.Map;
import java.util.function.Function;

/**
 * What a manager is made of: puts the parts together as its builder says, and ends them. None of
 * them has a thread before it has work. Thread-safe.
 */
final class ManagerParts {
  /** How many endpoints are probed at once. */
  private static final int MOST_PROBES = 8;

  private final HousekeeperThread housekeeper = new HousekeeperThread();

  // A dial on a worker may wait for a lookup, so they must not share threads.
  private final Workers lookups = new Workers("trunkline-resolver", AddressBook.THREADS);
  private final Workers workers = new Workers("trunkline-worker", 2);

  // A probe of a host that is silent takes the whole connect timeout; others must not wait for it.
  private final Workers probes = new Workers("trunkline-probe", MOST_PROBES);

  private final Transport transport;
  private final AddressBook addresses;
  private final Connector connector;
  private final Handshakes handshakes;
  private final ConnectionPools pools;
  private final Dialler dialler;

  /**
   * @param own what holds for single endpoints
   * @param poolSettings of any endpoint
   * @throws IOException if no socket can be opened
   * @throws IllegalStateException if the transport cannot be had
   */
  ManagerParts(
      ConnectionManager.Builder from,
      Map<Endpoint, EndpointSettings> own,
      Function<Endpoint, PoolSettings> poolSettings,
      ConnectionListener listener)
      throws IOException {
    transport = Transports.create(from.transport, from.nativeLibrary, housekeeper);
    addresses =
        new AddressBook(from.resolver, from.resolve, lookups, Ticker.SYSTEM, housekeeper, listener);
    connector =
        new Connector(
            transport,
            Ticker.SYSTEM,
            addresses,
            new PolicyGuard(from.addressPolicy),
            new JsseTls(from.tls),
            listener,
            from.connect,
            from.socket,
            own,
            JsseTls::new);
    handshakes = new Handshakes(connector, Ticker.SYSTEM);
    Breakers breakers =
        new Breakers(
            from.circuitBreaker,
            from.circuitBreakers,
            handshakes,
            Ticker.SYSTEM,
            housekeeper,
            probes::execute,
            listener);
    pools =
        new ConnectionPools(
            from.pool,
            poolSettings,
            from.retry,
            connector,
            new Initializing(from.initializer, housekeeper),
            breakers,
            listener,
            Ticker.SYSTEM,
            housekeeper,
            workers);
    dialler = new UnpooledDialler(pools, connector);
    addresses.setUser(pools);
  }

  Housekeeper housekeeper() {
    return housekeeper;
  }

  Transport transport() {
    return transport;
  }

  AddressBook addresses() {
    return addresses;
  }

  Connector connector() {
    return connector;
  }

  Handshakes handshakes() {
    return handshakes;
  }

  ConnectionPools pools() {
    return pools;
  }

  Dialler dialler() {
    return dialler;
  }

  /** After that of the pools: ends the dials, lookups and probes under way, and all threads. */
  void close() {
    connector.close();
    addresses.close();
    lookups.close();
    workers.close();
    probes.close();
    housekeeper.close();
    transport.close();
  }
}
