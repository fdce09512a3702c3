package io.trunkline.netns;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.RetryAdvice;
import io.trunkline.testing.Await;
import io.trunkline.testing.Background.Action;
import io.trunkline.testing.VirtualThreadsForTests;
import io.trunkline.transport.FirstFlightListener;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportOptions;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.jni.JniTransport;
import io.trunkline.transport.jni.NativeUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace from within, whose only network is its loopback device: servers that do Fast
 * Open and such that do not, ports that a firewall treats badly, and sockets to meet them.
 */
public final class FastOpenNet {
  public static final String V4 = "192.0.2.2";
  public static final String V6 = "2001:db8::2";

  /** SYNs to it get lost. */
  public static final int DROPPED = 7100;

  /** Nobody listens. */
  public static final int REFUSED = 7101;

  static final int RESET = 7102;
  static final int HOST_UNREACHABLE = 7103;
  static final int NETWORK_UNREACHABLE = 7104;
  static final int PROHIBITED = 7105;

  /** A server behind a box that drops SYNs with more data than {@link #SMALL}. */
  public static final int BOXED = 7110;

  /** Behind the same box, and nobody listens: refused with the second SYN. */
  static final int BOXED_REFUSED = 7111;

  public static final int SMALL = 20;
  public static final int LARGE = 300;

  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/tcp_fastopen");

  /** Client, server, and the latter for all listeners without a socket option. */
  private static final int ALL = 0x403;

  private static final int NO_CLIENT = 0x402;
  private static final int NO_SERVER = 1;

  private static final String RULES =
      """
      table inet lab {
        chain in {
          type filter hook input priority 0;
          tcp dport 7100 drop
          tcp dport 7102 reject with tcp reset
          meta nfproto ipv4 tcp dport 7103 reject with icmp host-unreachable
          meta nfproto ipv6 tcp dport 7103 reject with icmpv6 addr-unreachable
          meta nfproto ipv4 tcp dport 7104 reject with icmp net-unreachable
          meta nfproto ipv6 tcp dport 7104 reject with icmpv6 no-route
          tcp dport 7105 reject with icmpx admin-prohibited
          tcp dport 7110-7111 tcp flags & (syn | ack) == syn meta length > 200 drop
        }
      }
      """;

  /** How a failure is told, without its times. */
  record Told(
      FailureKind kind,
      FailurePhase phase,
      String errno,
      Class<?> type,
      RetryAdvice advice,
      int unansweredSyns) {
    static Told of(Throwable thrown) {
      if (!(thrown instanceof ConnectionFailure failure)) {
        throw new AssertionError("not a connection failure", thrown);
      }
      return new Told(
          failure.kind(),
          failure.phase(),
          Errno.name(failure.errno()),
          thrown.getClass(),
          failure.advice(),
          failure.unansweredSyns());
    }
  }

  /** Remembers what it was told. */
  static final class Ear implements FirstFlightListener {
    final List<Optional<IOException>> heard = new CopyOnWriteArrayList<>();

    @Override
    public void firstFlightEnded(long elapsedNanos, Optional<IOException> failure) {
      heard.add(failure);
    }
  }

  public final Transport transport;
  final boolean virtual;
  final AtomicInteger accepted = new AtomicInteger();
  private final int echo;
  private final int withoutFastOpen;

  private FastOpenNet(Transport transport, boolean virtual, int echo, int withoutFastOpen) {
    this.transport = transport;
    this.virtual = virtual;
    this.echo = echo;
    this.withoutFastOpen = withoutFastOpen;
  }

  static FastOpenNet enter() throws Exception {
    Files.writeString(Path.of("/proc/sys/net/ipv4/icmp_ratelimit"), "0\n");
    Files.writeString(Path.of("/proc/sys/net/ipv6/icmp/ratelimit"), "0\n");
    command(RULES, "nft", "-f", "-");
    try {
      FastOpenNet net = new FastOpenNet(JniTransport.create(Optional.empty()), false, 7000, 7001);
      sysctl(NO_SERVER);
      net.serve(net.withoutFastOpen);
      sysctl(ALL);
      net.serve(net.echo);
      net.serve(BOXED);
      return net;
    } catch (NativeUnavailableException missing) {
      throw new IllegalStateException(missing);
    }
  }

  /** The same where threads are virtual. */
  FastOpenNet virtual() {
    return new FastOpenNet(transport, true, echo, withoutFastOpen);
  }

  // ---- the other side ----

  private void serve(int port) throws IOException {
    ServerSocket listener = new ServerSocket(port, 200);
    daemon(
        () -> {
          for (; ; ) {
            Socket socket = listener.accept();
            accepted.incrementAndGet();
            daemon(() -> echo(socket));
          }
        });
  }

  private static void echo(Socket socket) throws IOException {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[8192];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        out.write(buffer, 0, count);
      }
    }
  }

  private static void daemon(Action work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable ended) {
                // The tests break connections; that is no news here.
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  static void sysctl(int value) throws IOException {
    Files.writeString(SYSCTL, value + "\n");
  }

  /** Runs something while the kernel's client does no Fast Open. */
  static void withoutClientBit(Action action) throws Throwable {
    sysctl(NO_CLIENT);
    try {
      action.run();
    } finally {
      sysctl(ALL);
    }
  }

  /** Has the kernel forget its cookies. */
  static void forgetCookies() throws Exception {
    command("", "ip", "tcp_metrics", "flush", "all");
  }

  /** Cuts the network, or joins it again. */
  static void dropEverything(boolean on) throws Exception {
    if (on) {
      command(
          "add chain inet lab cut { type filter hook input priority -1; policy drop; }",
          "nft",
          "-f",
          "-");
    } else {
      command("delete chain inet lab cut", "nft", "-f", "-");
    }
  }

  private static void command(String input, String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + output);
    }
  }

  // ---- this side ----

  public int echoPort() {
    return echo;
  }

  int portWithoutFastOpen() {
    return withoutFastOpen;
  }

  /** A socket whose handshake waits for a write. */
  TransportSocket deferred(String host, int port, int timeoutMillis) throws IOException {
    for (int attempt = 0; attempt < 3; attempt++) {
      connected(host, echo, timeoutMillis, true).close(); // brings the cookie, where there is none
      TransportSocket socket = connected(host, port, timeoutMillis, true);
      if (socket.awaitsFirstFlight()) {
        return socket;
      }
      socket.close();
    }
    throw new AssertionError("no cookie for " + host);
  }

  public TransportSocket deferred(String host, int port) throws IOException {
    return deferred(host, port, 10_000);
  }

  TransportSocket connected(String host, int port, int timeoutMillis, boolean fastOpen)
      throws IOException {
    TransportSocket socket = transport.open();
    try {
      socket.setOption(TransportOptions.TCP_FASTOPEN_CONNECT, fastOpen);
      socket.setSoTimeout(10_000);
      socket.connect(new InetSocketAddress(host, port), timeoutMillis);
      return socket;
    } catch (IOException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  /** What comes back, as much as was sent. */
  public static byte[] exchange(TransportSocket socket, byte[] sent) throws IOException {
    socket.getOutputStream().write(sent);
    return socket.getInputStream().readNBytes(sent.length);
  }

  public static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + 7);
    }
    return bytes;
  }

  /** Work on a thread of the kind that is tested. */
  final class Running<T> {
    private final FutureTask<T> task;
    final Thread thread;
    private volatile long endedNanos;

    private Running(Callable<T> work) {
      task =
          new FutureTask<>(
              () -> {
                try {
                  return work.call();
                } finally {
                  endedNanos = System.nanoTime();
                }
              });
      if (virtual) {
        thread = VirtualThreadsForTests.start(task);
      } else {
        thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
      }
    }

    T get() throws Exception {
      return get(20);
    }

    T get(int limitSeconds) throws Exception {
      return task.get(limitSeconds, TimeUnit.SECONDS);
    }

    long millisAfter(long startNanos) {
      return (endedNanos - startNanos) / 1_000_000;
    }
  }

  <T> Running<T> start(Callable<T> work) {
    return new Running<>(work);
  }

  /** Starts what is to fail, and returns when it waits. */
  Running<Throwable> failing(Action work) throws Exception {
    List<Thread> begun = new ArrayList<>();
    Running<Throwable> running =
        start(
            () -> {
              begun.add(Thread.currentThread());
              return thrownBy(work);
            });
    Await.until("begun", () -> !begun.isEmpty());
    Thread.sleep(60); // in a native call a thread is runnable, so its state tells nothing
    return running;
  }

  public static Throwable thrownBy(Action work) {
    try {
      work.run();
      throw new AssertionError("nothing was thrown");
    } catch (Throwable thrown) {
      return thrown;
    }
  }
}
