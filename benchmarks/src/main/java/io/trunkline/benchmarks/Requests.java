package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Sends one request after the other, each over a connection got in this or that way. */
interface Requests extends Closeable {
  int LIMIT_MILLIS = 10_000;

  /** Sends a request and reads the answer. */
  void send() throws IOException;

  static Requests of(String client, String protocol) throws IOException {
    return switch (client) {
      case "pooled" -> new Pooled(protocol);
      case "dial" -> new Dialled(protocol);
      case "socket" -> new OfJavaNet(protocol);
      case "okhttp-new" -> new OfOkHttp(protocol.equals("https"));
      default -> throw new IllegalArgumentException("no such client: " + client);
    };
  }

  private static Endpoint endpoint(String protocol) {
    return switch (protocol) {
      case "tcp" -> Endpoint.tcp(Server.host(), Server.port());
      case "http" -> Endpoint.tcp(Server.host(), Server.httpPort(false));
      case "https" -> Endpoint.tls(Server.host(), Server.httpPort(true));
      default -> throw new IllegalArgumentException("no such protocol: " + protocol);
    };
  }

  /** A manager whose new connections are ready for {@link Conversation}. */
  static ConnectionManager manager(String protocol, FastOpen fastOpen) {
    SSLContext trust = protocol.equals("https") ? Server.tls() : null;
    return ConnectionManager.builder()
        .transport(TransportMode.NATIVE)
        .connect(c -> c.fastOpen(fastOpen))
        .socket(s -> s.readTimeout(Duration.ofMillis(LIMIT_MILLIS)))
        .tls(t -> trust == null ? t : t.sslContext(trust))
        .build();
  }

  /** What is said over a connection. */
  final class Conversation {
    private static final int MESSAGE_BYTES = 64;

    private final BareGet http;
    private final byte[] first = new byte[1 + MESSAGE_BYTES];
    private final byte[] answer = new byte[MESSAGE_BYTES];

    Conversation(String protocol, boolean keepAlive) {
      http = protocol.equals("tcp") ? null : new BareGet(Server.host(), keepAlive);
      first[0] = Server.PLAIN;
    }

    /**
     * @param isNew whether nobody has spoken on the connection yet
     */
    void run(InputStream in, OutputStream out, boolean isNew) throws IOException {
      if (http != null) {
        http.run(in, out);
        return;
      }
      int greeting = isNew ? 0 : 1;
      out.write(first, greeting, first.length - greeting);
      if (in.readNBytes(answer, 0, MESSAGE_BYTES) != MESSAGE_BYTES) {
        throw new IOException("the server has closed the connection");
      }
    }
  }

  /** A lease for each request. */
  final class Pooled implements Requests {
    private final ConnectionManager manager;
    private final Endpoint endpoint;
    private final Conversation conversation;

    Pooled(String protocol) {
      manager = manager(protocol, FastOpen.OFF);
      endpoint = endpoint(protocol);
      conversation = new Conversation(protocol, true);
    }

    @Override
    public void send() throws IOException {
      try (Lease lease = manager.acquire(endpoint)) {
        conversation.run(lease.input(), lease.output(), !lease.isReused());
        lease.release();
      }
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /** A dial for each request. */
  final class Dialled implements Requests {
    private final ConnectionManager manager;
    private final Endpoint endpoint;
    private final Conversation conversation;

    Dialled(String protocol) {
      manager = manager(protocol, FastOpen.OFF);
      endpoint = endpoint(protocol);
      conversation = new Conversation(protocol, false);
    }

    @Override
    public void send() throws IOException {
      try (Socket socket = manager.dial(endpoint)) {
        conversation.run(socket.getInputStream(), socket.getOutputStream(), true);
      }
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  /** A socket of the JDK for each request, which checks the name as Trunkline does. */
  final class OfJavaNet implements Requests {
    private final SSLContext trust;
    private final InetSocketAddress address;
    private final Conversation conversation;

    OfJavaNet(String protocol) {
      trust = protocol.equals("https") ? Server.tls() : null;
      address = new InetSocketAddress(Server.host(), endpoint(protocol).port());
      conversation = new Conversation(protocol, false);
    }

    @Override
    public void send() throws IOException {
      try (Socket socket = open()) {
        conversation.run(socket.getInputStream(), socket.getOutputStream(), true);
      }
    }

    private Socket open() throws IOException {
      Socket socket = new Socket();
      try {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(address, LIMIT_MILLIS);
        return trust == null ? socket : secured(socket);
      } catch (IOException failed) {
        socket.close();
        throw failed;
      }
    }

    private Socket secured(Socket socket) throws IOException {
      SSLSocket tls =
          (SSLSocket)
              trust.getSocketFactory().createSocket(socket, Server.host(), address.getPort(), true);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      tls.setSSLParameters(parameters);
      return tls;
    }

    @Override
    public void close() {}
  }

  /** OkHttp, told to close the connection after each request. */
  final class OfOkHttp implements Requests {
    private final HttpCalls calls;

    OfOkHttp(boolean tls) {
      calls = new OkHttpCalls(tls, false);
    }

    @Override
    public void send() throws IOException {
      if (calls.get() != Nginx.BODY_BYTES) {
        throw new IOException("unexpected answer");
      }
    }

    @Override
    public void close() throws IOException {
      calls.close();
    }
  }
}
