package io.trunkline.benchmarks;

import io.trunkline.net.FastOpenOutcome;
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

  private Requests.Unshared requests;

  @Setup
  public void bringCookie() throws IOException {
    Requests.rehearse(this::requestsTo);
    requests = requestsTo(Place.measured());
    FastOpenOutcome outcome = FastOpenOutcome.NOT_USED;
    for (int i = 0; i < ATTEMPTS; i++) {
      outcome = requests.sendAndTell();
    }
    boolean used = outcome == FastOpenOutcome.ACCEPTED;
    if (Boolean.getBoolean(REQUIRED_PROPERTY) && used != fastOpen.equals("on")) {
      throw new IllegalStateException("Fast Open is " + fastOpen + ", but the kernel: " + outcome);
    }
  }

  private Requests.Unshared requestsTo(Place place) {
    return new Requests.Unshared(protocol, place, setting(protocol.equals("https")));
  }

  private io.trunkline.config.FastOpen setting(boolean tls) {
    if (fastOpen.equals("off")) {
      return io.trunkline.config.FastOpen.OFF;
    }
    return tls
        ? io.trunkline.config.FastOpen.TLS_ONLY
        : io.trunkline.config.FastOpen.IDEMPOTENT_DATA; // a GET
  }

  @Benchmark
  public void request() throws IOException {
    requests.send();
  }

  @TearDown
  public void close() {
    requests.close();
  }
}
