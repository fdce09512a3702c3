package io.trunkline.samples.diagnose;

import io.trunkline.ConnectionManager;
import io.trunkline.config.FastOpen;
import io.trunkline.net.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds out whether TCP Fast Open works towards an address, by using it. */
final class FastOpenTrial {
  /** For IPv4 and IPv6 alike (ip-sysctl.rst). */
  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/tcp_fastopen");

  private static final int CLIENT_BIT = 1;

  /** The first may have to ask for a cookie. */
  private static final int TRIES = 2;

  private final Plan plan;
  private final Managers managers;

  FastOpenTrial(Plan plan, Managers managers) {
    this.plan = plan;
    this.managers = managers;
  }

  Report.FastOpen towards(InetSocketAddress address, boolean isNative, SeenChain seen) {
    Boolean client = kernelClient();
    if (!isNative) {
      return notTried(client, "it needs the jni transport");
    }
    if (!Boolean.TRUE.equals(client)) {
      return notTried(
          client,
          client == null
              ? "net.ipv4.tcp_fastopen of this host cannot be read"
              : "net.ipv4.tcp_fastopen of this host has not the client bit (1)");
    }
    if (!plan.hasFirstFlight()) {
      return notTried(client, "nothing to send; --http or --tls give something");
    }
    return tried(client, tries(address, seen));
  }

  private List<String> tries(InetSocketAddress address, SeenChain seen) {
    List<String> outcomes = new ArrayList<>();
    Recorder recorder = new Recorder(seen, each -> {});
    // A GET may be repeated without harm, and a ClientHello as well.
    FastOpen mode = plan.endpoint().isTls() ? FastOpen.TLS_ONLY : FastOpen.IDEMPOTENT_DATA;
    try (ConnectionManager manager = managers.forOne(address, recorder, mode)) {
      Sampler sampler = new Sampler(plan, address, manager, recorder);
      for (int i = 0; i < TRIES && !outcomes.contains(FastOpenOutcome.ACCEPTED.name()); i++) {
        Sample sample = sampler.take(false);
        outcomes.add(sample.failed() ? "FAILED" : sample.tcpInfo().fastOpen().name());
      }
    }
    return outcomes;
  }

  private static Report.FastOpen notTried(Boolean client, String why) {
    return new Report.FastOpen(client, List.of(), null, "not tried: " + why);
  }

  private Report.FastOpen tried(Boolean client, List<String> outcomes) {
    String what = plan.endpoint().isTls() ? "the ClientHello" : "the request";
    String last = outcomes.get(outcomes.size() - 1);
    return switch (last) {
      case "ACCEPTED" ->
          new Report.FastOpen(
              client,
              outcomes,
              true,
              "works: the server took "
                  + what
                  + " in the SYN"
                  + (outcomes.size() > 1 ? " (on the first try it gave a cookie)" : ""));
      case "NO_COOKIE" ->
          new Report.FastOpen(client, outcomes, false, "not by this server: it gives no cookie");
      case "DATA_DROPPED" ->
          new Report.FastOpen(
              client,
              outcomes,
              false,
              "not by this server: it gave a cookie once, and takes no data in a SYN now");
      case "DATA_NOT_ACKNOWLEDGED" ->
          new Report.FastOpen(
              client,
              outcomes,
              false,
              "a SYN with data had no answer: a box on the way may drop it, or it was lost");
      case "FAILED" ->
          new Report.FastOpen(client, outcomes, null, "not known: the connection failed");
      default -> new Report.FastOpen(client, outcomes, null, "not known: the kernel says " + last);
    };
  }

  /** Null if it cannot be read, as on other systems than Linux. */
  private static Boolean kernelClient() {
    try {
      return (Integer.parseInt(Files.readString(SYSCTL).strip()) & CLIENT_BIT) != 0;
    } catch (IOException | NumberFormatException unreadable) {
      return null;
    }
  }
}
