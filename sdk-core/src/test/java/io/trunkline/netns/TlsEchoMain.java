package io.trunkline.netns;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * Echoes over TLS 1.3 until standard input ends.
 *
 * <p>Arguments: port, key store, its password.
 */
public final class TlsEchoMain {
  private TlsEchoMain() {}

  public static void main(String[] args) throws Exception {
    SSLContext context = context(args[1], args[2].toCharArray());
    SSLServerSocket listener =
        (SSLServerSocket)
            context.getServerSocketFactory().createServerSocket(Integer.parseInt(args[0]));
    listener.setEnabledProtocols(new String[] {"TLSv1.3"});
    daemon(
        () -> {
          for (; ; ) {
            Socket socket = listener.accept();
            daemon(() -> echo(socket));
          }
        });
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // Until the end.
    }
    System.exit(0);
  }

  static SSLContext context(String file, char[] password) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream(file)) {
      keys.load(in, password);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static void echo(Socket socket) throws IOException {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[512];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
      }
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException ended) {
                // The client closes as it likes.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }
}
