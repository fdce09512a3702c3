package io.trunkline.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** A snapshot for people: a line for each endpoint, and under it one for each connection. */
final class SnapshotTable {
  private final StringBuilder text = new StringBuilder(1024);

  static String of(ManagerSnapshot snapshot) {
    SnapshotTable table = new SnapshotTable();
    table.line(
        "%d of %d connections, transport %s",
        snapshot.openConnections(), snapshot.maxConnections(), snapshot.transport().name());
    snapshot.endpoints().forEach(table::add);
    return table.text.toString();
  }

  private void add(EndpointSnapshot endpoint) {
    line(
        "%s: %d active, %d idle, %d dialling, %d waiting, at most %d; %d leases, %.1f %% reused",
        endpoint.endpoint(),
        endpoint.active(),
        endpoint.idle(),
        endpoint.dialling(),
        endpoint.waiting(),
        endpoint.maxConnections(),
        endpoint.leases(),
        100 * endpoint.reuseRatio());
    if (!endpoint.addresses().isEmpty()) {
      line(
          "  addresses %s",
          endpoint.addresses().stream().map(SnapshotTable::text).collect(Collectors.joining(", ")));
    }
    endpoint
        .breaker()
        .filter(breaker -> breaker.state() != BreakerState.CLOSED)
        .ifPresent(
            breaker ->
                line(
                    "  breaker %s for %s, next probe in %s",
                    breaker.state(),
                    breaker.openFor().map(SnapshotTable::seconds).orElse("-"),
                    breaker.nextProbeIn().map(SnapshotTable::seconds).orElse("-")));
    endpoint
        .lastFailure()
        .ifPresent(
            last ->
                line(
                    "  failed %s ago%s: %s",
                    seconds(last.ago()),
                    last.recovered() ? ", has answered since" : "",
                    last.failure().getMessage()));
    endpoint.connections().forEach(this::add);
  }

  private void add(ConnectionSnapshot connection) {
    line(
        "  %s -> %s  %s  age %s  idle %s  uses %d%s%s",
        text(connection.local()),
        text(connection.remote()),
        connection.leased() ? "leased" : "idle  ",
        seconds(connection.age()),
        seconds(connection.idle()),
        connection.uses(),
        connection.tls().map(tls -> "  " + tls.protocol() + " " + tls.cipherSuite()).orElse(""),
        connection.tcpInfo().map(info -> "  " + info.summary()).orElse(""));
  }

  private void line(String form, Object... values) {
    text.append(String.format(Locale.ROOT, form, values)).append('\n');
  }

  /** A socket that was closed meanwhile may have no address. */
  private static String text(InetSocketAddress address) {
    if (address == null) {
      return "?";
    }
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }
}
