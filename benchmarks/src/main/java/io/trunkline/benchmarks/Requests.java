package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.benchmarks.OkHttpCalls.Kind;
import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Sends one request after the other, each over a connection got in this or that way. */
interface Requests extends Closeable {
  int LIMIT_MILLIS = 10_000;
  int REHEARSAL_MILLIS = 1_500;

  /** Sends a request and reads the answer. */
  void send() throws IOException;

  /** Compiles what round trips would leave cold: the same against servers nearby, if there are. */
  static void rehearse(Function<Place, Requests> kind) throws IOException {
    Optional<Place> near = Place.near();
    if (near.isPresent()) {
      try (Requests rehearsal = kind.apply(near.get())) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REHEARSAL_MILLIS);
        while (System.nanoTime() - end < 0) {
          rehearsal.send();
        }
      }
    }
  }

  static Requests of(String client, String protocol, Place place) {
    return switch (client) {
      case "pooled" -> new Pooled(protocol, place);
      case "dial" -> new Dialled(protocol, place);
      case "socket" -> new OfJavaNet(protocol, place);
      case "okhttp-new" -> new OfOkHttp(Kind.PLAIN, protocol, place, false);
      case "okhttp-nodelay-new" -> new OfOkHttp(Kind.NODELAY, protocol, place, false);
      case "okhttp-trunkline-new" -> new OfOkHttp(Kind.TRUNKLINE, protocol, place, false);
      case "okhttp-trunkline" -> new OfOkHttp(Kind.TRUNKLINE, protocol, place, true);
      default -> throw new IllegalArgumentException("no such client: " + client);
    };
  }

  /** Where a protocol is spoken: tcp, http or https. */
  static Endpoint endpoint(String protocol, Place place) {
    return switch (protocol) {
      case "tcp" -> Endpoint.tcp(place.host(), place.port());
      case "http" -> Endpoint.tcp(place.host(), place.httpPort());
      case "https" -> Endpoint.tls(place.host(), place.httpsPort());
      default -> throw new IllegalArgumentException("no such protocol: " + protocol);
    };
  }

  /** A manager whose new connections are ready for {@link Conversation}. */
  static ConnectionManager manager(String protocol, Place place, FastOpen fastOpen) {
    SSLContext trust = protocol.equals("https") ? place.tls() : null;
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

    Conversation(String protocol, Place place, boolean keepAlive) {
      http = protocol.equals("tcp") ? null : new BareGet(place.host(), keepAlive);
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

    Pooled(String protocol, Place place) {
      manager = manager(protocol, place, FastOpen.OFF);
      endpoint = endpoint(protocol, place);
      conversation = new Conversation(protocol, place, true);
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

  /** A lease for each request, which is not given back: the next one has to dial again. */
  final class Unshared implements Requests {
    private final ConnectionManager manager;
    private final Endpoint endpoint;
    private final Conversation conversation;

    Unshared(String protocol, Place place, FastOpen fastOpen) {
      manager = manager(protocol, place, fastOpen);
      endpoint = endpoint(protocol, place);
      conversation = new Conversation(protocol, place, false);
    }

    @Override
    public void send() throws IOException {
      try (Lease lease = manager.acquire(endpoint)) {
        conversation.run(lease.input(), lease.output(), true);
      }
    }

    /** What became of Fast Open in a request of its own. */
    FastOpenOutcome sendAndTell() throws IOException {
      try (Lease lease = manager.acquire(endpoint)) {
        conversation.run(lease.input(), lease.output(), true);
        return lease.tcpInfo().map(TcpInfo::fastOpen).orElse(FastOpenOutcome.NOT_USED);
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

    Dialled(String protocol, Place place) {
      manager = manager(protocol, place, FastOpen.OFF);
      endpoint = endpoint(protocol, place);
      conversation = new Conversation(protocol, place, false);
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

    OfJavaNet(String protocol, Place place) {
      trust = protocol.equals("https") ? place.tls() : null;
      address = new InetSocketAddress(place.host(), endpoint(protocol, place).port());
      conversation = new Conversation(protocol, place, false);
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
              trust
                  .getSocketFactory()
                  .createSocket(socket, address.getHostString(), address.getPort(), true);
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

    OfOkHttp(Kind kind, String protocol, Place place, boolean keepAlive) {
      calls = new OkHttpCalls(kind, place, protocol.equals("https"), keepAlive);
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
