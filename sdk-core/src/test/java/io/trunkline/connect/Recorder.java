package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what a dial tells, in its order: {@code failed 127.0.0.2 REFUSED}. */
final class Recorder implements ConnectionListener {
  private final List<String> events = new CopyOnWriteArrayList<>();
  final Set<Thread> cancelledOn = ConcurrentHashMap.newKeySet();
  private volatile Optional<TcpInfo> tcpInfo = Optional.empty();

  List<String> events() {
    return List.copyOf(events);
  }

  Optional<TcpInfo> tcpInfo() {
    return tcpInfo;
  }

  private void add(String what, InetSocketAddress address, String more) {
    events.add((what + " " + address.getAddress().getHostAddress() + " " + more).strip());
  }

  /** Each start has exactly one end, whoever ended it. */
  void assertEachStartHasOneEnd() {
    assertThat(count("failed ") + count("cancelled ") + count("connected "))
        .as("%s", events)
        .isEqualTo(count("started "));
  }

  long count(String prefix) {
    return events.stream().filter(each -> each.startsWith(prefix)).count();
  }

  @Override
  public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
    add("started", address, "");
  }

  @Override
  public void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> info) {
    tcpInfo = info;
    add("connected", address, "");
  }

  @Override
  public void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    add("failed", address, ((ConnectionFailure) failure).kind().name());
  }

  @Override
  public void connectCancelled(Endpoint endpoint, InetSocketAddress address, long elapsedNanos) {
    cancelledOn.add(Thread.currentThread());
    add("cancelled", address, "");
  }

  @Override
  public void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {
    add("tls-established", address, protocol);
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    add("tls-failed", address, ((ConnectionFailure) failure).kind().name());
  }
}
