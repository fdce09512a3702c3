package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.FakeTime;
import io.trunkline.time.Deadline;
import io.trunkline.transport.ScriptedTransport;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Dials over a {@link ScriptedTransport}, with addresses and TLS that do as they are told, and all
 * that is told of them with its time: {@code "260 connected .2 after 10"}, in milliseconds.
 */
final class ScriptedDials implements Addresses, ConnectionListener, TlsLayer {
  static final Endpoint PLAIN = Endpoint.tcp("service.example", 4711);
  static final Endpoint TLS = Endpoint.tls("service.example", 4711);
  private static final long MILLI = 1_000_000;

  final FakeTime time = new FakeTime();
  final ScriptedTransport transport = new ScriptedTransport(time);
  final List<String> events = new ArrayList<>();
  final List<Integer> failed = new ArrayList<>();
  final List<Integer> succeeded = new ArrayList<>();
  final ConnectSettings.Builder settings =
      ConnectSettings.builder().timeout(Duration.ofSeconds(5)).attemptDelay(Duration.ofMillis(250));
  private final long startNanos = time.nanoTime();
  private final List<CompletableFuture<?>> asked = new ArrayList<>();

  AddressGuard guard = AddressGuard.ANY;

  /** What the lookup fails with; null if it does not. */
  Throwable unresolved;

  /** What the resolver says; null if it says nothing. */
  List<InetSocketAddress> addresses;

  /** How long it takes. */
  Duration resolving = Duration.ZERO;

  /** Of the TLS handshakes to come: how long each takes, negative where it fails then. */
  final List<Long> tlsMillis = new ArrayList<>();

  boolean hearsConnects = true;

  /** How long the listener takes when it is told of a connection. */
  Duration telling = Duration.ZERO;

  Duration tlsTimeout = Duration.ofSeconds(1);

  static InetSocketAddress address(int number) {
    return ScriptedTransport.address(number);
  }

  void resolvesTo(int... numbers) {
    addresses = new ArrayList<>();
    for (int number : numbers) {
      addresses.add(address(number));
    }
  }

  void connects(int number, long afterMillis) {
    transport.connects(address(number), Duration.ofMillis(afterMillis));
  }

  void refuses(int number, long afterMillis) {
    transport.refuses(address(number), Duration.ofMillis(afterMillis));
  }

  Connector connector() {
    try {
      return new Connector(
          transport,
          time,
          this,
          guard,
          this,
          this,
          settings.build(),
          SocketSettings.builder().build());
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  Dial dial(Endpoint endpoint) {
    return connector().dial(endpoint);
  }

  void in(long millis, Runnable what) {
    time.schedule(millis * MILLI, what);
  }

  Deadline within(long millis) {
    return Deadline.after(time, Duration.ofMillis(millis));
  }

  /** Milliseconds since the beginning. */
  long now() {
    return (time.nanoTime() - startNanos) / MILLI;
  }

  /** The number of the address that the dial connected to. */
  int run(Dial dial) throws IOException {
    return connectedTo(dial.run(dial.deadline()).orElseThrow());
  }

  static int connectedTo(TransportSocket socket) {
    return number((InetSocketAddress) socket.getRemoteSocketAddress());
  }

  ConnectionFailure failure(Connector connector) {
    return failure(connector.dial(PLAIN));
  }

  ConnectionFailure failure(Dial dial) {
    try {
      throw new AssertionError("it did not fail: " + dial.run(dial.deadline()));
    } catch (IOException thrown) {
      assertThat(thrown).isInstanceOf(ConnectionFailure.class);
      assertThat(transport.openSockets()).as("sockets that are left").isZero();
      return (ConnectionFailure) thrown;
    }
  }

  /** Whether somebody still waits for the resolver. */
  boolean isAsked() {
    return asked.stream().anyMatch(each -> !each.isDone());
  }

  private static int number(InetSocketAddress address) {
    return address.getAddress().getAddress()[3];
  }

  private void add(String what, InetSocketAddress address, String more, long elapsedNanos) {
    events.add(
        now() + " " + what + " ." + number(address) + more + " after " + elapsedNanos / MILLI);
  }

  // ---- addresses ----

  @Override
  public CompletableFuture<List<InetSocketAddress>> of(Endpoint endpoint) {
    time.advance(resolving);
    CompletableFuture<List<InetSocketAddress>> answer = new CompletableFuture<>();
    asked.add(answer);
    if (unresolved != null) {
      answer.completeExceptionally(unresolved);
    } else if (addresses != null) {
      answer.complete(addresses);
    }
    return answer;
  }

  @Override
  public void succeeded(InetSocketAddress address) {
    succeeded.add(number(address));
  }

  @Override
  public void failed(InetSocketAddress address) {
    failed.add(number(address));
  }

  // ---- TLS ----

  @Override
  public Duration timeout() {
    return tlsTimeout;
  }

  @Override
  public Handshake begin(TransportSocket connected, Endpoint endpoint) {
    long millis = tlsMillis.remove(0);
    long end = time.nanoTime() + Math.abs(millis) * MILLI;
    return until -> {
      transport.pass(
          () -> connected.isClosed() || time.nanoTime() - end >= 0, until.remainingNanos());
      if (connected.isClosed()) {
        throw new IOException("the socket was closed");
      }
      if (time.nanoTime() - end < 0) {
        return Optional.empty();
      }
      if (millis < 0) {
        throw Failures.exception(
            FailureDetails.of(FailureKind.CERTIFICATE_EXPIRED, FailurePhase.TLS_HANDSHAKE)
                .withAddress((InetSocketAddress) connected.getRemoteSocketAddress()));
      }
      return Optional.of(connected);
    };
  }

  // ---- what is told ----

  @Override
  public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
    events.add(now() + " started ." + number(address));
  }

  @Override
  public boolean hearsConnects() {
    return hearsConnects;
  }

  @Override
  public void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> info) {
    add("connected", address, "", elapsedNanos);
    time.advance(telling);
  }

  @Override
  public void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    add("failed", address, " " + ((ConnectionFailure) failure).kind(), elapsedNanos);
  }

  @Override
  public void connectCancelled(Endpoint endpoint, InetSocketAddress address, long elapsedNanos) {
    add("cancelled", address, "", elapsedNanos);
  }

  @Override
  public void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {
    add("tls", address, "", elapsedNanos);
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    add("tls failed", address, " " + ((ConnectionFailure) failure).kind(), elapsedNanos);
  }
}
