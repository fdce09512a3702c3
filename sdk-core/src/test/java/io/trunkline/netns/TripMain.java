package io.trunkline.netns;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.FastOpenOutcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Measures how long things take that cost round trips, line by line. Each answer is the best of a
 * number of attempts, in microseconds: what is beyond it was this machine, not the network.
 *
 * <pre>
 * datagrams N HOST PORT        sends them, one after the other; nobody answers
 * connect N HOST PORT          a socket of the JDK: connect() alone
 * fresh N TRANSPORT ENDPOINT FASTOPEN MICROS   acquire, one byte out, one byte in, on a new connection
 * leased N TRANSPORT ENDPOINT FASTOPEN MICROS  the same on one that waits in the pool
 * </pre>
 *
 * <p>The last two go on, to five times as many attempts, while none took fewer microseconds than
 * said: a busy machine may need more of them. The answer tells how many there were, and how many
 * connections had their first data in the SYN, says the kernel.
 */
public final class TripMain {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final int AT_MOST = 5;

  private long inSyn;
  private int attempts;

  private TripMain() {}

  private interface Trip {
    /** How long it took, in nanoseconds. */
    long take() throws IOException;
  }

  public static void main(String[] args) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      TripMain trips = new TripMain();
      try {
        String[] words = line.split(" ");
        long micros = trips.run(words) / 1_000;
        System.out.printf(
            "ok\tmicros=%d\tattempts=%d\tinSyn=%d%n", micros, trips.attempts, trips.inSyn);
      } catch (IOException | RuntimeException failed) {
        System.out.println("failed\tmessage=" + failed);
      }
    }
    System.exit(0);
  }

  private long run(String[] words) throws IOException {
    int least = Integer.parseInt(words[1]);
    if (words[0].equals("connect")) {
      InetSocketAddress address = new InetSocketAddress(words[2], Integer.parseInt(words[3]));
      return best(least, Long.MAX_VALUE, () -> connect(address));
    }
    if (words[0].equals("datagrams")) {
      attempts = least;
      return send(least, new InetSocketAddress(words[2], Integer.parseInt(words[3])));
    }
    long enough = Long.parseLong(words[5]) * 1_000;
    Endpoint endpoint = Endpoint.parse(words[3]);
    FastOpen fastOpen = FastOpen.valueOf(words[4]);
    try (ConnectionManager manager = manager(TransportMode.valueOf(words[2]), fastOpen)) {
      if (words[0].equals("fresh")) {
        return best(least, enough, () -> fresh(manager, endpoint));
      }
      leased(manager, endpoint); // dials
      return best(least, enough, () -> leased(manager, endpoint));
    }
  }

  private static ConnectionManager manager(TransportMode transport, FastOpen fastOpen) {
    return ConnectionManager.builder()
        .transport(transport)
        .connect(c -> c.timeout(LIMIT).fastOpen(fastOpen))
        .socket(s -> s.readTimeout(LIMIT))
        .build();
  }

  private long best(int least, long enough, Trip trip) throws IOException {
    long best = Long.MAX_VALUE;
    for (; attempts < least || (best > enough && attempts < AT_MOST * least); attempts++) {
      best = Math.min(best, trip.take());
    }
    return best;
  }

  private static long connect(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      long start = System.nanoTime();
      socket.connect(address, (int) LIMIT.toMillis());
      return System.nanoTime() - start;
    }
  }

  private static long send(int count, InetSocketAddress address) throws IOException {
    long start = System.nanoTime();
    try (DatagramSocket socket = new DatagramSocket()) {
      for (int i = 0; i < count; i++) {
        socket.send(new DatagramPacket(new byte[1], 1, address));
      }
    }
    return System.nanoTime() - start;
  }

  private long fresh(ConnectionManager manager, Endpoint endpoint) throws IOException {
    long start = System.nanoTime();
    // Closed without release: the next one has to dial again.
    try (Lease lease = manager.acquire(endpoint)) {
      requireReused(lease, false);
      long took = exchange(lease, start);
      inSyn +=
          manager.snapshot().endpoint(endpoint).orElseThrow().connections().stream()
              .flatMap(each -> each.tcpInfo().stream())
              .filter(info -> info.fastOpen() == FastOpenOutcome.ACCEPTED)
              .count();
      return took;
    }
  }

  private static long leased(ConnectionManager manager, Endpoint endpoint) throws IOException {
    long start = System.nanoTime();
    try (Lease lease = manager.acquire(endpoint)) {
      long took = exchange(lease, start);
      requireReused(lease, manager.snapshot().endpoint(endpoint).orElseThrow().leases() > 1);
      lease.release();
      return took;
    }
  }

  private static long exchange(Lease lease, long start) throws IOException {
    lease.output().write('?');
    if (lease.input().read() != '?') {
      throw new IOException("no echo");
    }
    return System.nanoTime() - start;
  }

  private static void requireReused(Lease lease, boolean expected) {
    if (lease.isReused() != expected) {
      throw new IllegalStateException("a lease that was" + (expected ? " not" : "") + " reused");
    }
  }
}
