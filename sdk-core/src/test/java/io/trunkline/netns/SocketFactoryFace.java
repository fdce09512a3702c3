package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.TrunklineSSLSocketFactory;
import io.trunkline.TrunklineSocketFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;

/**
 * A library that was given the socket factories, and keeps a socket for each server without a look
 * at it. As such libraries do, it begins TLS before the request.
 */
final class SocketFactoryFace extends SocketFace {
  private final SocketFactory plain;
  private final SocketFactory tls;
  private final int limitMillis;
  private final Map<String, Socket> idle = new ConcurrentHashMap<>();

  SocketFactoryFace(ConnectionManager manager, int limitMillis) {
    this.plain = new TrunklineSocketFactory(manager);
    this.tls = new TrunklineSSLSocketFactory(manager);
    this.limitMillis = limitMillis;
  }

  @Override
  Connection open(URI url) throws IOException {
    Socket kept = idle.remove(url.getAuthority());
    Socket socket = kept == null ? dialled(url) : kept;
    return new Connection() {
      @Override
      public InputStream input() throws IOException {
        return socket.getInputStream();
      }

      @Override
      public OutputStream output() throws IOException {
        return socket.getOutputStream();
      }

      @Override
      public int localPort() {
        return socket.getLocalPort();
      }

      @Override
      public void keep() {
        Socket other = idle.put(url.getAuthority(), socket);
        if (other != null) {
          closeQuietly(other);
        }
      }

      @Override
      public void close() {
        closeQuietly(socket);
      }
    };
  }

  private Socket dialled(URI url) throws IOException {
    Socket socket = (isTls(url) ? tls : plain).createSocket(host(url), url.getPort());
    boolean done = false;
    try {
      socket.setSoTimeout(limitMillis);
      if (socket instanceof SSLSocket secured) {
        secured.startHandshake();
      }
      done = true;
      return socket;
    } finally {
      if (!done) {
        closeQuietly(socket);
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException closedAllTheSame) {
      // What is left of it is counted.
    }
  }

  @Override
  public void close() {
    idle.values().forEach(SocketFactoryFace::closeQuietly);
    idle.clear();
  }
}
