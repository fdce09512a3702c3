package io.trunkline.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Stands between a client and a server, and does to what the server sends what a test says. */
public final class Relay implements AutoCloseable {
  /** How bytes get from the server to the client; returns at the end, and the client gets a FIN. */
  @FunctionalInterface
  public interface Forwarding {
    void run(InputStream fromServer, OutputStream toClient) throws Exception;
  }

  private final ScriptedServer server;

  public Relay(InetSocketAddress target, Forwarding toClient) throws IOException {
    this(target, Relay::pump, toClient);
  }

  public Relay(InetSocketAddress target, Forwarding toServer, Forwarding toClient)
      throws IOException {
    server =
        ScriptedServer.plain(
            client -> {
              client.setTcpNoDelay(true);
              try (Socket upstream = new Socket(target.getAddress(), target.getPort())) {
                upstream.setTcpNoDelay(true);
                Background<Throwable> up =
                    Background.start(
                        () ->
                            Background.thrownBy(
                                () -> {
                                  toServer.run(client.getInputStream(), upstream.getOutputStream());
                                  upstream.shutdownOutput();
                                }));
                toClient.run(upstream.getInputStream(), client.getOutputStream());
                client.shutdownOutput();
                up.get();
              }
            });
  }

  /** All that comes, as it comes. */
  public static void pump(InputStream from, OutputStream to) throws IOException {
    byte[] bytes = new byte[64 * 1024];
    for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
      to.write(bytes, 0, count);
    }
  }

  /** The next TLS record, header included; null at the end. */
  public static byte[] record(InputStream from) throws IOException {
    byte[] header = from.readNBytes(5);
    if (header.length < 5) {
      return null;
    }
    int length = (header[3] & 0xff) << 8 | (header[4] & 0xff);
    byte[] whole = new byte[5 + length];
    System.arraycopy(header, 0, whole, 0, 5);
    from.readNBytes(whole, 5, length);
    return whole;
  }

  public InetSocketAddress address() {
    return server.address();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
