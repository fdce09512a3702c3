package io.trunkline;

import io.trunkline.connect.Connector;
import io.trunkline.net.Endpoint;
import io.trunkline.pool.ConnectionPools;
import io.trunkline.pool.UnpooledDial;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;

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
  public Attempt begin(Endpoint endpoint, DialOptions options) {
    UnpooledDial dial =
        pools.unpooled(
            endpoint,
            options.limitNanos(),
            left ->
                connector
                    .dial(endpoint, options.only(), left, options.preparation())
                    .firstWrite(options.first()));
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
