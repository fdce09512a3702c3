package io.trunkline.okhttp;

import io.trunkline.Attachment;
import io.trunkline.ConnectionManager;
import io.trunkline.DialOptions;
import io.trunkline.config.FirstWrite;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Connections that were dialled ahead and that OkHttp has not asked for yet. Each is closed if the
 * peer closes it, or if nobody wants it within the idle timeout. Thread-safe.
 */
final class ReadySockets implements AutoCloseable {
  private final ConnectionManager manager;
  private final OkHttpSettings settings;
  private final ConcurrentHashMap<Endpoint, ConcurrentLinkedDeque<Ready>> all =
      new ConcurrentHashMap<>();
  private Attachment attachment;
  private volatile boolean closed;

  private record Ready(TransportSocket socket, InetSocketAddress remote, long bornNanos) {}

  ReadySockets(ConnectionManager manager, OkHttpSettings settings) {
    this.manager = manager;
    this.settings = settings;
  }

  void attached(Attachment to) {
    attachment = to;
  }

  /** Dials one more. */
  void dial(Endpoint endpoint) throws IOException {
    // Whoever dials ahead has nothing to write yet: the handshake is made now.
    TransportSocket socket =
        manager.dialler().begin(endpoint, DialOptions.DEFAULT.withFirst(FirstWrite.UNKNOWN)).run();
    Ready ready =
        new Ready(socket, (InetSocketAddress) socket.getRemoteSocketAddress(), System.nanoTime());
    all.compute(
        endpoint,
        (each, before) -> {
          ConcurrentLinkedDeque<Ready> these =
              before == null ? new ConcurrentLinkedDeque<>() : before;
          these.add(ready);
          return these;
        });
    if (closed) {
      discard(endpoint, ready);
      return;
    }
    socket.onPeerClosed(() -> discard(endpoint, ready));
    if (!settings.idleTimeout().isZero()) {
      attachment.schedule(settings.idleTimeout().toNanos(), () -> discard(endpoint, ready));
    }
  }

  private boolean discard(Endpoint endpoint, Ready ready) {
    boolean removed = remove(endpoint, ready);
    if (removed) {
      closeQuietly(ready.socket());
    }
    return removed;
  }

  /** Whether it was there: whoever removed it owns it. */
  private boolean remove(Endpoint endpoint, Ready ready) {
    boolean removed = of(endpoint).remove(ready);
    all.computeIfPresent(endpoint, (each, these) -> these.isEmpty() ? null : these);
    return removed;
  }

  private ConcurrentLinkedDeque<Ready> of(Endpoint endpoint) {
    return all.getOrDefault(endpoint, new ConcurrentLinkedDeque<>());
  }

  /**
   * A living one to the address, the freshest.
   *
   * @param remote any if empty
   */
  Optional<TransportSocket> take(Endpoint endpoint, Optional<InetSocketAddress> remote) {
    if (all.isEmpty()) {
      return Optional.empty();
    }
    for (Ready each : (Iterable<Ready>) () -> of(endpoint).descendingIterator()) {
      boolean wanted = remote.isEmpty() || remote.get().equals(each.remote());
      if (wanted && remove(endpoint, each)) {
        if (each.socket().checkIdle(each.bornNanos()) == IdleState.CLEAN) {
          return Optional.of(each.socket());
        }
        closeQuietly(each.socket());
      }
    }
    return Optional.empty();
  }

  /** Whether one to the address waits to be used. */
  boolean has(Endpoint endpoint, InetSocketAddress remote) {
    return !all.isEmpty() && of(endpoint).stream().anyMatch(each -> each.remote().equals(remote));
  }

  int count(Endpoint endpoint) {
    return all.isEmpty() ? 0 : of(endpoint).size();
  }

  /** Of all endpoints. */
  int count() {
    return all.isEmpty() ? 0 : all.values().stream().mapToInt(ConcurrentLinkedDeque::size).sum();
  }

  /** Those to the endpoint as idle connections that may give way. */
  Stream<Room.Idle> idle(Endpoint endpoint) {
    return of(endpoint).stream()
        .map(each -> new Room.Idle(each.bornNanos(), () -> discard(endpoint, each)));
  }

  Iterable<Endpoint> endpoints() {
    return all.keySet();
  }

  int load(Endpoint endpoint, InetSocketAddress remote) {
    return all.isEmpty()
        ? 0
        : (int) of(endpoint).stream().filter(each -> each.remote().equals(remote)).count();
  }

  List<ConnectionSnapshot> snapshots(Endpoint endpoint, long now) {
    List<ConnectionSnapshot> snapshots = new ArrayList<>();
    for (Ready each : of(endpoint)) {
      Duration age = Duration.ofNanos(Math.max(0, now - each.bornNanos()));
      snapshots.add(
          new ConnectionSnapshot(
              (InetSocketAddress) each.socket().getLocalSocketAddress(),
              each.remote(),
              false,
              age,
              age,
              0,
              Optional.empty(),
              each.socket().tcpInfo()));
    }
    return snapshots;
  }

  /** Closes those to addresses that are refused. */
  void closeIf(Endpoint endpoint, Predicate<InetSocketAddress> refused) {
    for (Ready each : of(endpoint)) {
      if (refused.test(each.remote())) {
        discard(endpoint, each);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    all.keySet().forEach(endpoint -> closeIf(endpoint, each -> true));
  }

  private static void closeQuietly(TransportSocket socket) {
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says.
    }
  }
}
