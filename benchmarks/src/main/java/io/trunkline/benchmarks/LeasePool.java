package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.util.stream.IntStream;

/** A pool of any kind. Thread-safe; an acquire waits {@link #LIMIT_SECONDS} at most. */
interface LeasePool extends Closeable {
  int LIMIT_SECONDS = 20;

  Object acquire(int endpoint) throws Exception;

  void release(Object lease) throws Exception;

  /**
   * A pool whose connections are all there and idle.
   *
   * @param connections as many for each endpoint, and no room for more
   */
  static LeasePool filled(String kind, int endpoints, int connections) throws Exception {
    int each = connections / endpoints;
    if (each * endpoints != connections) {
      throw new IllegalArgumentException(
          connections + " connections cannot be shared evenly by " + endpoints + " endpoints");
    }
    return switch (kind) {
      case "native" -> new OfTrunkline(TransportMode.NATIVE, endpoints, each);
      case "jdk" -> new OfTrunkline(TransportMode.JDK, endpoints, each);
      case "apache-strict" -> new ApachePool(true, endpoints, each);
      case "apache-lax" -> new ApachePool(false, endpoints, each);
      case "commons-pool2" -> new CommonsPool(endpoints, each);
      case "reactor-pool" -> new ReactorPool(onlyOne(kind, endpoints, each));
      case "hikari-bag" -> new HikariBag(onlyOne(kind, endpoints, each));
      case "stormpot" -> new StormPool(onlyOne(kind, endpoints, each));
      default -> throw new IllegalArgumentException("no such pool: " + kind);
    };
  }

  private static int onlyOne(String kind, int endpoints, int connections) {
    if (endpoints != 1) {
      throw new IllegalArgumentException(kind + " knows no endpoints");
    }
    return connections;
  }

  /** The real thing, with real connections. */
  final class OfTrunkline implements LeasePool {
    private final ConnectionManager manager;
    private final Endpoint[] endpoints;

    OfTrunkline(TransportMode transport, int endpoints, int each) throws IOException {
      this.endpoints =
          IntStream.range(0, endpoints).mapToObj(ManyEndpoints::endpoint).toArray(Endpoint[]::new);
      manager =
          ManyEndpoints.manager(transport, each, each * endpoints)
              .onOpen(lease -> lease.output().write(Server.PLAIN))
              .build();
      for (Endpoint endpoint : this.endpoints) {
        int open = manager.warmUp(endpoint, each);
        if (open != each) {
          manager.close();
          throw new IllegalStateException(
              "only " + open + " of " + each + " connections to " + endpoint + " are open");
        }
      }
    }

    @Override
    public Object acquire(int endpoint) throws IOException {
      return manager.acquire(endpoints[endpoint]);
    }

    @Override
    public void release(Object lease) {
      try (Lease held = (Lease) lease) {
        held.release();
      }
    }

    /** When the JVM ends: JMH counts this to the leases, and there may be 10,000 connections. */
    @Override
    public void close() {
      Runtime.getRuntime().addShutdownHook(new Thread(manager::close, "close-pool"));
    }
  }
}
