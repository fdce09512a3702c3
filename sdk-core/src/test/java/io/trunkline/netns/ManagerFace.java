package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;

/** Leases of a manager, which keeps the connections, and has the limits in its own settings. */
final class ManagerFace extends SocketFace {
  private final ConnectionManager manager;

  ManagerFace(ConnectionManager manager, int limitMillis) {
    this.manager = manager;
  }

  @Override
  Connection open(URI url) throws IOException {
    Endpoint endpoint =
        isTls(url)
            ? Endpoint.tls(host(url), url.getPort())
            : Endpoint.tcp(host(url), url.getPort());
    Lease lease = manager.acquire(endpoint);
    return new Connection() {
      @Override
      public InputStream input() {
        return lease.input();
      }

      @Override
      public OutputStream output() {
        return lease.output();
      }

      @Override
      public int localPort() {
        return lease.socket().getLocalPort();
      }

      @Override
      public void keep() {
        lease.release();
      }

      @Override
      public void close() {
        lease.close();
      }
    };
  }

  @Override
  public void close() {
    // The manager is closed by whoever made it.
  }
}
