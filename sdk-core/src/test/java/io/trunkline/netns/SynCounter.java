package io.trunkline.netns;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts what leaves a namespace for a port, by a firewall table of its own, before any other rule
 * may drop it. It is there for what the kernel's own word on a connection cannot prove.
 */
final class SynCounter implements AutoCloseable {
  private final String namespace;
  private final String table;

  private SynCounter(String namespace, String table) {
    this.namespace = namespace;
    this.table = table;
  }

  /** Counts from now on. One for a port at a time. */
  static SynCounter of(String namespace, int port) {
    SynCounter counter = new SynCounter(namespace, "syns" + port);
    Namespaces.nft(namespace, rules(counter.table, port));
    return counter;
  }

  /**
   * {@code @ih,0,8} is the first byte behind the TCP header; without one the rule does not hold.
   */
  private static String rules(String table, int port) {
    return """
    table inet %s {
      counter syns { }
      counter syns_with_data { }
      set dials { type inet_service; flags dynamic; size 65535; }
      chain out {
        type filter hook output priority -300;
        tcp dport %d tcp flags & (syn | ack) == syn jump seen
      }
      chain seen {
        counter name syns
        add @dials { tcp sport }
        @ih,0,8 >= 0 counter name syns_with_data
      }
    }
    """
        .formatted(table, port);
  }

  /** SYNs that left, repeated ones included. */
  long syns() {
    return counter("syns");
  }

  /** SYNs that carried data, as only Fast Open makes them (RFC 7413). */
  long withData() {
    return counter("syns_with_data");
  }

  /** Local ports that SYNs left from: attempts, however often each was repeated. */
  long dials() {
    String set = Namespaces.in(namespace, "nft", "list", "set", "inet", table, "dials");
    int at = set.indexOf("elements = {");
    return at < 0 ? 0 : set.substring(at).chars().filter(each -> each == ',').count() + 1;
  }

  private long counter(String name) {
    String said = Namespaces.in(namespace, "nft", "list", "counter", "inet", table, name);
    Matcher packets = Pattern.compile("packets (\\d+)").matcher(said);
    if (!packets.find()) {
      throw new IllegalStateException("nft said: " + said);
    }
    return Long.parseLong(packets.group(1));
  }

  @Override
  public void close() {
    Namespaces.in(namespace, "nft", "delete", "table", "inet", table);
  }
}
