package io.trunkline;

import io.trunkline.connect.Connector;
import io.trunkline.connect.SocketPreparation;
import io.trunkline.net.Endpoint;
import io.trunkline.pool.ConnectionPools;
import io.trunkline.pool.UnpooledDial;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Dials connections that belong to who asked for them. */
final class UnpooledDialler implements Dialler {
  private final ConnectionPools pools;
  private final Connector connector;

  UnpooledDialler(ConnectionPools pools, Connector connector) {
    this.pools = pools;
    this.connector = connector;
  }

  @Override
  public TransportSocket openSample() throws IOException {
    return connector.openSample();
  }

  @Override
  public Attempt begin(
      Endpoint endpoint,
      Optional<InetSocketAddress> only,
      long limitNanos,
      SocketPreparation preparation) {
    UnpooledDial dial =
        pools.unpooled(
            endpoint,
            limitNanos,
            left -> connector.dial(endpoint, only, left, preparation).forWriter(true));
    return new Attempt() {
      @Override
      public TransportSocket run() throws IOException {
        return dial.run();
      }

      @Override
      public void cancel() {
        dial.cancel();
      }
    };
  }
}
