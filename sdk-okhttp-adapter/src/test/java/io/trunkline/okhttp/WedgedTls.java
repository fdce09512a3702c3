package io.trunkline.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import okhttp3.tls.HandshakeCertificates;

/** Makes the TLS handshake, and then neither reads nor writes. */
final class WedgedTls implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final List<SSLSocket> sockets = new ArrayList<>();

  WedgedTls(HandshakeCertificates certificates) throws IOException {
    Thread accepting =
        new Thread(
            () -> {
              try {
                while (true) {
                  var accepted = listener.accept();
                  SSLSocket socket =
                      (SSLSocket)
                          certificates
                              .sslSocketFactory()
                              .createSocket(accepted, "localhost", accepted.getPort(), true);
                  socket.setUseClientMode(false);
                  synchronized (sockets) {
                    sockets.add(socket);
                  }
                  socket.startHandshake();
                }
              } catch (IOException closed) {
                // The test has ended.
              }
            });
    accepting.setDaemon(true);
    accepting.start();
  }

  String url() {
    return "https://localhost:" + listener.getLocalPort() + "/";
  }

  /** How many sockets it has. */
  int held() {
    synchronized (sockets) {
      return sockets.size();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    synchronized (sockets) {
      for (SSLSocket each : sockets) {
        each.close();
      }
    }
  }
}
