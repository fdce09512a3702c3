package io.trunkline.okhttp;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.testing.Await;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;

/** A client over a manager for each test; after it nothing is left: no permit, no descriptor. */
@BothTransports
@Timeout(value = 40, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class Fixture {
  static final HeldCertificate CERTIFICATE =
      new HeldCertificate.Builder().addSubjectAlternativeName("localhost").build();
  static final HandshakeCertificates SERVER =
      new HandshakeCertificates.Builder().heldCertificate(CERTIFICATE).build();
  static final HandshakeCertificates TRUSTING =
      new HandshakeCertificates.Builder().addTrustedCertificate(CERTIFICATE.certificate()).build();

  @Parameter TransportMode transport;

  private static final Logger SERVER_LOG = Logger.getLogger(MockWebServer.class.getName());

  private static final Logger OKHTTP_LOG = Logger.getLogger(OkHttpClient.class.getName());

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private long socketsBefore;
  ConnectionManager manager;
  TrunklineOkHttp adapter;

  /** With its first socket the JDK opens some that it keeps. */
  @BeforeAll
  static void openAndCloseASocket() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept()) {
      client.getOutputStream().write(1);
      accepted.getInputStream().read();
    }
  }

  @BeforeEach
  final void countSockets() {
    SERVER_LOG.setLevel(Level.SEVERE); // not each request, nor each fault that a test wants
    OKHTTP_LOG.setLevel(Level.OFF);
    socketsBefore = sockets();
  }

  @AfterEach
  final void closeAllAndLookForWhatIsLeft() throws Exception {
    if (adapter != null) {
      eventually("no permit is left", () -> adapter.adapter().permits().taken() == 0);
    }
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
    eventually("no socket is left", () -> sockets() <= socketsBefore);
  }

  /** MockWebServer waits up to a minute for the end of a WebSocket, even if it is closed itself. */
  final void serverMayKeepItsSide() {
    socketsBefore++;
  }

  /** How many sockets the process has open, where the system tells. */
  static long sockets() {
    File[] all = new File("/proc/self/fd").listFiles();
    return all == null ? 0 : Arrays.stream(all).map(File::toPath).filter(Fixture::isSocket).count();
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closed) {
      return false;
    }
  }

  final <T extends AutoCloseable> T closing(T resource) {
    toClose.push(resource);
    return resource;
  }

  // ---- clients ----

  final OkHttpClient client() {
    return client(each -> each);
  }

  final OkHttpClient client(UnaryOperator<OkHttpClient.Builder> change) {
    return client(each -> each, each -> each, change);
  }

  final OkHttpClient client(
      UnaryOperator<ConnectionManager.Builder> ofManager,
      UnaryOperator<TrunklineOkHttp.Builder> ofAdapter,
      UnaryOperator<OkHttpClient.Builder> change) {
    manager = closing(ofManager.apply(ConnectionManager.builder().transport(transport)).build());
    adapter = ofAdapter.apply(TrunklineOkHttp.builder(manager)).build();
    return ended(adapter.install(change.apply(bare())).build());
  }

  /** OkHttp as it is, for comparison. */
  final OkHttpClient plain(UnaryOperator<OkHttpClient.Builder> change) {
    return ended(change.apply(bare()).build());
  }

  static OkHttpClient.Builder bare() {
    return new OkHttpClient.Builder()
        .connectionPool(new ConnectionPool())
        .sslSocketFactory(TRUSTING.sslSocketFactory(), TRUSTING.trustManager());
  }

  private OkHttpClient ended(OkHttpClient client) {
    closing(
        () -> {
          client.dispatcher().cancelAll();
          client.dispatcher().executorService().shutdown();
          client.connectionPool().evictAll();
        });
    return client;
  }

  // ---- servers ----

  final MockWebServer server() throws IOException {
    return server(each -> {});
  }

  final MockWebServer server(java.util.function.Consumer<MockWebServer> change) throws IOException {
    MockWebServer server = closing(new MockWebServer());
    server.setServerSocketFactory(new PromptSockets());
    change.accept(server);
    server.start();
    return server;
  }

  /** The server of a protocol that {@link #clientFor} speaks. */
  final MockWebServer server(Protocol protocol, boolean tls) throws IOException {
    return server(
        each -> {
          if (tls) {
            each.useHttps(SERVER.sslSocketFactory());
          }
          each.setProtocols(
              protocol == Protocol.HTTP_2
                  ? List.of(Protocol.HTTP_2, Protocol.HTTP_1_1)
                  : List.of(protocol));
        });
  }

  static UnaryOperator<OkHttpClient.Builder> speaking(Protocol protocol) {
    return each -> protocol == Protocol.HTTP_2 ? each : each.protocols(List.of(protocol));
  }

  /** Listens, and never accepts; what is connected gets no answer. */
  final ServerSocket silent() throws IOException {
    return closing(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  /** A port of this host that refuses. */
  static int closedPort() throws IOException {
    try (ServerSocket was = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return was.getLocalPort();
    }
  }

  static MockResponse answer(String body) {
    return new MockResponse.Builder().body(body).build();
  }

  // ---- calls ----

  static String get(OkHttpClient client, Object url) throws IOException {
    try (Response response = client.newCall(request(url)).execute()) {
      return response.body().string();
    }
  }

  static String post(OkHttpClient client, Object url) throws IOException {
    Request request = request(url).newBuilder().post(body(new byte[10])).build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().string();
    }
  }

  static RequestBody body(byte[] bytes) {
    return RequestBody.create(bytes, MediaType.get("application/octet-stream"));
  }

  static Request request(Object url) {
    return new Request.Builder().url(url.toString()).build();
  }

  /** What the action throws. */
  static IOException failureOf(Callable<?> action) {
    try {
      Object result = action.call();
      throw new AssertionError("no failure, but " + result);
    } catch (IOException failure) {
      return failure;
    } catch (Exception other) {
      throw new AssertionError(other);
    }
  }

  static ConnectionFailure found(Throwable thrown) {
    return Failures.find(thrown)
        .orElseThrow(() -> new AssertionError("no failure is found in it", thrown));
  }

  static IOException failureOf(CompletableFuture<?> running) {
    return failureOf(
        () -> {
          try {
            return running.join();
          } catch (CompletionException failed) {
            if (failed.getCause() instanceof IOException failure) {
              throw failure;
            }
            throw failed;
          }
        });
  }

  /** On a thread of its own. */
  static <T> CompletableFuture<T> start(Callable<T> action) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(action.call());
              } catch (Throwable failure) {
                result.completeExceptionally(failure);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  static CompletableFuture<String> start(Call call) {
    return start(
        () -> {
          try (Response response = call.execute()) {
            return response.body().string();
          }
        });
  }

  // ---- what is known ----

  final EndpointSnapshot snapshot(MockWebServer server) {
    return snapshot(Endpoint.tcp(server.getHostName(), server.getPort()));
  }

  final EndpointSnapshot snapshot(Endpoint endpoint) {
    return manager.snapshot().endpoints().stream()
        .filter(each -> each.endpoint().equals(endpoint))
        .findFirst()
        .orElseThrow();
  }

  final int waiting() {
    return adapter.adapter().permits().waiting().values().stream().mapToInt(i -> i).sum();
  }

  static void eventually(String what, Callable<Boolean> holds) throws Exception {
    Await.until(what, holds);
  }
}
