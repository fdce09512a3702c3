package io.trunkline.soak;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Has exchanges, one after the other, in all ways there are, until it is told to stop. */
final class Caller implements Runnable {
  static final Duration TRANSFER_LIMIT = Duration.ofMillis(100);
  static final Duration DIAL_LIMIT = Duration.ofSeconds(1);
  private static final int SHORT_READ_MILLIS = 30;
  private static final int VERY_SHORT_READ_MILLIS = 3;
  private static final int POLL_MILLIS = 2;
  private static final long BACK_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  private final ConnectionManager manager;
  private final List<Endpoint> endpoints;
  private final SplittableRandom random;
  private final Established established;
  private final Tally tally;
  private final Waits waits;
  private final Answers answers;

  /** What somebody else may close in the middle. */
  private final AtomicReference<AutoCloseable> cancellable = new AtomicReference<>();

  private volatile boolean over;

  /**
   * One of many.
   *
   * @param established a listener of the manager
   */
  Caller(
      ConnectionManager manager,
      List<Endpoint> endpoints,
      long seed,
      Established established,
      Tally tally,
      Waits waits) {
    this.manager = manager;
    this.endpoints = endpoints;
    this.random = new SplittableRandom(seed);
    this.established = established;
    this.tally = tally;
    this.waits = waits;
    this.answers = new Answers(waits, TRANSFER_LIMIT.toNanos());
  }

  /** When the TCP handshake of a dial ended, on the thread that dials. */
  static final class Established implements ConnectionListener {
    private final ThreadLocal<Long> nanos = new ThreadLocal<>();

    @Override
    public void connected(
        Endpoint endpoint, InetSocketAddress address, long elapsed, Optional<TcpInfo> tcpInfo) {
      nanos.set(System.nanoTime());
    }
  }

  /** Somebody closed the lease before it was used, of which a Socket tells without a kind. */
  private static final class Cancelled extends IOException {
    private static final long serialVersionUID = 1;

    Cancelled(IOException cause) {
      super(cause);
    }
  }

  void stop() {
    over = true;
  }

  /** Closes what it uses right now, or has used last. */
  void cancel() {
    AutoCloseable victim = cancellable.getAndSet(null);
    if (victim != null) {
      try {
        victim.close();
      } catch (Exception impossible) {
        tally.broken(impossible);
      }
    }
  }

  @Override
  public void run() {
    while (!over && !tally.isBroken()) {
      try {
        once();
      } catch (Cancelled cancelled) {
        tally.cancelled();
      } catch (IOException failed) {
        tally.failed(failed);
        if (Tally.isRefusal(failed)) {
          LockSupport.parkNanos(BACK_OFF_NANOS); // else all others would have no time
        }
      } catch (RuntimeException | Error wrong) {
        tally.broken(wrong);
      } finally {
        Thread.interrupted();
      }
    }
  }

  private void once() throws IOException {
    Endpoint endpoint = endpoints.get(random.nextInt(endpoints.size()));
    int way = random.nextInt(100);
    if (way < 5) {
      dialled(endpoint);
    } else if (way < 15) {
      called(endpoint);
    } else {
      leased(endpoint);
    }
  }

  private void leased(Endpoint endpoint) throws IOException {
    Duration patience = Duration.ofMillis(random.nextInt(20) == 0 ? 1 + random.nextInt(20) : 1_000);
    try (Lease lease = acquire(endpoint, patience)) {
      int manner = random.nextInt(100);
      if (manner < 20) {
        cancellable.set(lease);
      }
      if (manner < 2) {
        answers.send(lease.output(), Answers.request(random));
        tally.walkedAway();
        return;
      }
      try {
        byte[] request = Answers.request(random);
        if (manner < 6) {
          int most = random.nextBoolean() ? SHORT_READ_MILLIS : VERY_SHORT_READ_MILLIS;
          long readLimit = limitReads(lease, 1 + random.nextInt(most));
          exchange(lease.output(), lease.input(), request, readLimit);
        } else if (manner < 36) {
          // Many waits that reach their limit; and those must not cost a byte of what comes later.
          long readLimit = limitReads(lease, 1 + random.nextInt(POLL_MILLIS));
          answers.send(lease.output(), request);
          answers.poll(lease.input(), request, readLimit, TRANSFER_LIMIT.toNanos());
        } else {
          exchange(lease.output(), lease.input(), request, TRANSFER_LIMIT.toNanos());
        }
        tally.answered();
      } catch (IOException failed) {
        if (random.nextBoolean()) {
          lease.release(); // in spite of all; it must not be pooled
        }
        throw failed;
      }
      lease.release();
    }
  }

  /** Not for who comes next. */
  private static long limitReads(Lease lease, int millis) throws IOException {
    try {
      lease.socket().setSoTimeout(millis);
    } catch (SocketException closed) {
      if (lease.socket().isClosed()) {
        throw new Cancelled(closed);
      }
      throw closed;
    }
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private Lease acquire(Endpoint endpoint, Duration patience) throws IOException {
    long start = System.nanoTime();
    try {
      return manager.acquire(endpoint, patience);
    } finally {
      waits.add(System.nanoTime() - start, patience.toNanos());
    }
  }

  private void exchange(OutputStream output, InputStream input, byte[] request, long readLimit)
      throws IOException {
    answers.send(output, request);
    answers.receive(input, request, readLimit);
  }

  private void called(Endpoint endpoint) throws IOException {
    byte[] request = Answers.request(random);
    LeaseWaits leaseWaits = new LeaseWaits();
    try {
      manager.call(
          endpoint,
          random.nextBoolean(),
          lease -> {
            leaseWaits.end();
            try {
              exchange(lease.output(), lease.input(), request, TRANSFER_LIMIT.toNanos());
            } finally {
              leaseWaits.begin();
            }
            return null;
          });
    } finally {
      leaseWaits.end(); // of the lease that it did not get
    }
    tally.answered();
  }

  /** What a call waits for leases, each until the acquire timeout after its beginning. */
  private final class LeaseWaits {
    private final long endNanos = System.nanoTime() + DIAL_LIMIT.toNanos();
    private long beganNanos = System.nanoTime();

    void begin() {
      beganNanos = System.nanoTime();
    }

    void end() {
      long limit = endNanos - beganNanos;
      if (limit > 0) { // else it does not begin again
        waits.add(System.nanoTime() - beganNanos, limit);
      }
    }
  }

  private void dialled(Endpoint endpoint) throws IOException {
    try (TransportSocket socket = dial(endpoint)) {
      cancellable.set(socket);
      exchange(
          socket.getOutputStream(),
          socket.getInputStream(),
          Answers.request(random),
          TRANSFER_LIMIT.toNanos());
      tally.answered();
    }
  }

  /** It waits for leave to dial, which on the loopback connects at once, and then for TLS. */
  private TransportSocket dial(Endpoint endpoint) throws IOException {
    established.nanos.remove();
    long start = System.nanoTime();
    try {
      return manager.dial(endpoint);
    } finally {
      long end = System.nanoTime();
      Long tcp = established.nanos.get();
      waits.add((tcp == null ? end : tcp) - start, DIAL_LIMIT.toNanos());
      if (tcp != null && endpoint.isTls()) {
        waits.add(end - tcp, DIAL_LIMIT.toNanos());
      }
    }
  }
}
