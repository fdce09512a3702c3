package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.benchmarks.Requests.Conversation;
import io.trunkline.net.Endpoint;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A request over a new connection with TCP Fast Open and without. Over TLS the ClientHello goes in
 * the SYN, over plain TCP the request. It shows only where a round trip takes time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FastOpen {
  /** The name of a property: fail where the kernel did no Fast Open. */
  static final String REQUIRED_PROPERTY = "trunkline.benchmarks.fastOpenRequired";

  private static final int ATTEMPTS = 3;

  @Param({"off", "on"})
  public String fastOpen;

  @Param({"https", "http"})
  public String protocol;

  private ConnectionManager manager;
  private Endpoint endpoint;
  private Conversation conversation;

  @Setup
  public void bringCookie() throws IOException {
    boolean tls = protocol.equals("https");
    endpoint =
        tls
            ? Endpoint.tls(Server.host(), Server.httpPort(true))
            : Endpoint.tcp(Server.host(), Server.httpPort(false));
    manager = Requests.manager(protocol, setting(tls));
    conversation = new Conversation(protocol, false);
    boolean used = false;
    for (int i = 0; i < ATTEMPTS; i++) {
      used = requestWasInSyn();
    }
    if (Boolean.getBoolean(REQUIRED_PROPERTY) && used != fastOpen.equals("on")) {
      throw new IllegalStateException(
          "Fast Open is " + fastOpen + ", but the kernel says " + (used ? "used" : "not used"));
    }
  }

  private io.trunkline.config.FastOpen setting(boolean tls) {
    if (fastOpen.equals("off")) {
      return io.trunkline.config.FastOpen.OFF;
    }
    return tls
        ? io.trunkline.config.FastOpen.TLS_ONLY
        : io.trunkline.config.FastOpen.IDEMPOTENT_DATA; // a GET
  }

  private boolean requestWasInSyn() throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      conversation.run(lease.input(), lease.output(), true);
      return lease.tcpInfo().map(TcpInfo::fastOpen).orElse(null) == FastOpenOutcome.ACCEPTED;
    }
  }

  @Benchmark
  public void request() throws IOException {
    // Closed without release: the next one has to dial again.
    try (Lease lease = manager.acquire(endpoint)) {
      conversation.run(lease.input(), lease.output(), true);
    }
  }

  @TearDown
  public void close() {
    manager.close();
  }
}
