package io.trunkline.spring.actuator;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerSnapshot;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.FailedDial;
import io.trunkline.net.ManagerSnapshot;
import io.trunkline.net.ProbeReport;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.spring.NamedEndpoints;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Snapshots as maps for JSON. Numbers name their unit; what is not known is left out. Lists of
 * endpoints have the order of their names, so that two answers can be compared.
 */
final class SnapshotView {
  private final NamedEndpoints names;

  SnapshotView(NamedEndpoints names) {
    this.names = names;
  }

  Map<String, Object> of(ManagerSnapshot snapshot) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("transport", of(snapshot.transport()));
    view.put("openConnections", snapshot.openConnections());
    view.put("maxConnections", snapshot.maxConnections());
    view.put(
        "endpoints",
        snapshot.endpoints().stream()
            .map(this::of)
            .sorted((one, other) -> key(one).compareTo(key(other)))
            .toList());
    return view;
  }

  private static String key(Map<String, Object> endpoint) {
    return endpoint.get("name") + " " + endpoint.get("endpoint");
  }

  static Map<String, Object> of(TransportInfo transport) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", transport.name());
    view.put("reason", transport.reason());
    return view;
  }

  Map<String, Object> of(EndpointSnapshot endpoint) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", names.nameOf(endpoint.endpoint()));
    view.put("endpoint", endpoint.endpoint().toString());
    view.put("pool", pool(endpoint));
    view.put("addresses", endpoint.addresses().stream().map(SnapshotView::text).toList());
    endpoint.breaker().ifPresent(breaker -> view.put("breaker", of(breaker)));
    endpoint.lastFailure().ifPresent(last -> view.put("lastFailure", of(last)));
    view.put("connections", endpoint.connections().stream().map(SnapshotView::of).toList());
    return view;
  }

  private static Map<String, Object> pool(EndpointSnapshot endpoint) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("active", endpoint.active());
    view.put("idle", endpoint.idle());
    view.put("dialling", endpoint.dialling());
    view.put("waiting", endpoint.waiting());
    view.put("max", endpoint.maxConnections());
    view.put("leases", endpoint.leases());
    view.put("reuses", endpoint.reuses());
    view.put("reuseRatio", endpoint.reuseRatio());
    view.put("handshakes", endpoint.handshakes());
    view.put("failedDials", endpoint.failedDials());
    view.put("evicted", endpoint.evicted());
    view.put("discarded", endpoint.discarded());
    view.put("leaked", endpoint.leaked());
    return view;
  }

  private static Map<String, Object> of(BreakerSnapshot breaker) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("state", breaker.state().name());
    putMillis(view, "openForMillis", breaker.openFor());
    breaker.failureRatePercent().ifPresent(percent -> view.put("failureRatePercent", percent));
    putMillis(view, "nextProbeInMillis", breaker.nextProbeIn());
    breaker.lastFailure().ifPresent(failure -> view.put("lastFailure", of(failure)));
    return view;
  }

  private static Map<String, Object> of(ConnectionSnapshot connection) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("local", text(connection.local()));
    view.put("remote", text(connection.remote()));
    view.put("leased", connection.leased());
    view.put("ageMillis", connection.age().toMillis());
    view.put("idleMillis", connection.idle().toMillis());
    view.put("uses", connection.uses());
    connection
        .tls()
        .ifPresent(
            tls -> {
              Map<String, Object> agreed = new LinkedHashMap<>();
              agreed.put("protocol", tls.protocol());
              agreed.put("cipherSuite", tls.cipherSuite());
              view.put("tls", agreed);
            });
    connection.tcpInfo().ifPresent(tcp -> view.put("tcp", of(tcp)));
    return view;
  }

  private static Map<String, Object> of(TcpInfo tcp) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("state", tcp.state().name());
    view.put("rttMicros", tcp.rttMicros());
    view.put("rttVarianceMicros", tcp.rttVarianceMicros());
    view.put("retransmits", tcp.totalRetransmits());
    view.put("unacknowledgedSegments", tcp.unacknowledgedSegments());
    view.put("congestionWindowSegments", tcp.congestionWindow());
    view.put("sendMssBytes", tcp.sendMss());
    view.put("fastOpen", tcp.fastOpen().name());
    return view;
  }

  static Map<String, Object> of(FailedDial last) {
    Map<String, Object> view = of(last.failure());
    view.put("agoMillis", last.ago().toMillis());
    view.put("recovered", last.recovered());
    return view;
  }

  /** In words, and in the terms of docs/failures.md. */
  static Map<String, Object> of(Throwable failure) {
    Map<String, Object> view = new LinkedHashMap<>();
    Failures.find(failure).ifPresent(known -> describe(known, view));
    view.put("message", failure.getMessage());
    return view;
  }

  private static void describe(ConnectionFailure known, Map<String, Object> view) {
    view.put("kind", known.kind().name());
    view.put("phase", known.phase().name());
    view.put("advice", known.advice().name());
    known.address().ifPresent(address -> view.put("address", text(address)));
  }

  Map<String, Object> of(ProbeReport report) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", names.nameOf(report.endpoint()));
    view.put("endpoint", report.endpoint().toString());
    view.put("answered", report.answered());
    view.put("resolveMicros", micros(report.resolveTime()));
    view.put("addresses", report.addresses().stream().map(SnapshotView::of).toList());
    return view;
  }

  private static Map<String, Object> of(ProbeReport.Address address) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("address", text(address.address()));
    address.connectTime().ifPresent(time -> view.put("connectMicros", micros(time)));
    address.tlsTime().ifPresent(time -> view.put("tlsMicros", micros(time)));
    address.tlsProtocol().ifPresent(protocol -> view.put("tlsProtocol", protocol));
    address.failure().ifPresent(failure -> view.put("failure", of(failure)));
    return view;
  }

  private static void putMillis(Map<String, Object> view, String name, Optional<Duration> time) {
    time.ifPresent(value -> view.put(name, value.toMillis()));
  }

  private static long micros(Duration time) {
    return time.toNanos() / 1_000;
  }

  /** Never asks a name server. */
  private static String text(InetSocketAddress address) {
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return host.indexOf(':') >= 0
        ? "[" + host + "]:" + address.getPort()
        : host + ":" + address.getPort();
  }
}
