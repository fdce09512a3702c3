package io.trunkline.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A socket under test, and the JDK socket at the other end. */
record ConnectedPair(TransportSocket client, Socket peer) implements AutoCloseable {
  static ConnectedPair connect(TransportSocket client) throws IOException {
    return connect(client, 0);
  }

  /** With a small receive buffer at the peer, so that writes soon have to wait. */
  static ConnectedPair narrow(TransportSocket client) throws IOException {
    client.setSendBufferSize(16 * 1024);
    return connect(client, 16 * 1024);
  }

  private static ConnectedPair connect(TransportSocket client, int peerReceiveBuffer)
      throws IOException {
    try (ServerSocket listener = new ServerSocket()) {
      if (peerReceiveBuffer > 0) {
        listener.setReceiveBufferSize(peerReceiveBuffer);
      }
      listener.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
      client.connect(listener.getLocalSocketAddress(), 5_000);
      Socket peer = listener.accept();
      peer.setSoTimeout(10_000);
      return new ConnectedPair(client, peer);
    }
  }

  /** Ends the connection with a RST. */
  void resetByPeer() throws IOException {
    peer.setSoLinger(true, 0);
    peer.close();
  }

  @Override
  public void close() throws IOException {
    client.close();
    peer.close();
  }
}
