package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.okhttp.TrunklineOkHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** OkHttp, plain and over Trunkline. */
final class OkHttpCalls implements HttpCalls {
  private final ConnectionManager manager;
  private final OkHttpClient client;
  private final Request get;
  private final Request post;

  enum Kind {
    /** As it comes, which is without TCP_NODELAY. */
    PLAIN,
    NODELAY,
    TRUNKLINE,
    /** With the timeouts of reads and writes in the socket, in the place of OkHttp's watchdog. */
    TRUNKLINE_NATIVE_TIMEOUTS
  }

  /**
   * Makes a client.
   *
   * @param keepAlive false: each request asks for the connection to be closed
   */
  OkHttpCalls(Kind kind, Place place, boolean tls, boolean keepAlive) {
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            .readTimeout(LIMIT)
            .connectionPool(new ConnectionPool(CONNECTIONS, 5, TimeUnit.MINUTES));
    if (tls) {
      X509TrustManager trust =
          (X509TrustManager) ServerCertificate.trustManagers(place.trust()).getTrustManagers()[0];
      builder.sslSocketFactory(place.tls().getSocketFactory(), trust);
    }
    boolean overTrunkline = kind.name().startsWith("TRUNKLINE");
    manager =
        overTrunkline ? ConnectionManager.builder().transport(TransportMode.NATIVE).build() : null;
    switch (kind) {
      case PLAIN -> {}
      case NODELAY -> builder.socketFactory(new NoDelay());
      case TRUNKLINE -> TrunklineOkHttp.install(builder, manager);
      case TRUNKLINE_NATIVE_TIMEOUTS ->
          TrunklineOkHttp.builder(manager)
              .nativeTimeouts(true)
              .build()
              .install(builder.protocols(List.of(Protocol.HTTP_1_1)));
    }
    client = builder.build();
    Request.Builder request = new Request.Builder().url(place.url(tls));
    if (!keepAlive) {
      request.header("Connection", "close");
    }
    get = request.build();
    post = request.post(RequestBody.create(HttpCalls.body())).build();
  }

  /** OkHttp asks for sockets that are not connected yet, and for no others. */
  private static final class NoDelay extends SocketFactory {
    @Override
    public Socket createSocket() throws IOException {
      Socket socket = new Socket();
      socket.setTcpNoDelay(true);
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }

  @Override
  public int get() throws IOException {
    return call(get);
  }

  @Override
  public int post() throws IOException {
    return call(post);
  }

  private int call(Request request) throws IOException {
    try (Response response = client.newCall(request).execute()) {
      return Objects.requireNonNull(response.body()).bytes().length;
    }
  }

  @Override
  public void close() {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
    if (manager != null) {
      manager.close();
    }
  }
}
