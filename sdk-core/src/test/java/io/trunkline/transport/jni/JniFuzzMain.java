package io.trunkline.transport.jni;

import io.trunkline.testing.Descriptors;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Calls every native method with arguments that no caller would give: wild offsets, lengths,
 * limits, modes and numbers, null arrays, descriptors of the wrong type, closed and given out
 * again. Each call has to return a value or an errno, and to leave alone what lies outside of the
 * range it was given. Addresses are those of loopback only.
 *
 * <p>The only descriptors it works on are its own, and numbers that nobody has: a close of the
 * JVM's own would prove nothing. Arguments: seed, milliseconds, port of an echo server.
 */
final class JniFuzzMain {
  private static final int GREATEST_ERRNO = 4_095;
  private static final int MOST_OPEN = 24;
  private static final int CALLS_TO_LOAD_CLASSES = 10_000;

  /** So many free numbers below a closed one are what a file of the JVM gets before that one. */
  private static final int LEFT_TO_THE_JVM = 4;

  private static final byte GUARD = 0x5c;
  private static final int[] SIZES = {0, 1, 4, 16, 21, 22, 104, 512, 8_192, 8_193, 20_000};

  private final Random random;
  private final int port;
  private final List<Integer> sockets = new ArrayList<>();
  private final List<Integer> others = new ArrayList<>(); // epolls and eventfds
  private final List<Integer> stale = new ArrayList<>();
  private final Waker waker = new Waker();
  private long calls;
  private long failures;

  private JniFuzzMain(long seed, int port) {
    random = new Random(seed);
    this.port = port;
  }

  public static void main(String[] arguments) throws Exception {
    NativeLibrary.load(Optional.empty());
    long end = System.nanoTime() + Long.parseLong(arguments[1]) * 1_000_000;
    long before = Descriptors.open();
    JniFuzzMain fuzz =
        new JniFuzzMain(Long.parseLong(arguments[0]), Integer.parseInt(arguments[2]));
    while (System.nanoTime() < end) {
      fuzz.step();
    }
    fuzz.closeAll();
    if (Descriptors.open() != before) {
      throw new AssertionError(Descriptors.open() + " descriptors, before it were " + before);
    }
    System.out.println("fuzz ended: " + fuzz.calls + " calls, " + fuzz.failures + " failed");
  }

  // ---- one call ----

  private void step() {
    if (sockets.size() + others.size() >= MOST_OPEN) {
      close(random.nextInt(4) == 0 ? others : sockets);
    }
    switch (random.nextInt(26)) {
      case 0 -> opened(sockets, NativeCalls.socket(random.nextBoolean()));
      case 1 -> opened(others, NativeCalls.epollCreate());
      case 2 -> opened(others, NativeCalls.eventCreate());
      case 3 -> connectedSocket();
      case 4 -> close(sockets);
      case 5 -> closeStale();
      case 6 -> checked(NativeCalls.bind(fd(), address(), wild(), anyPort()));
      case 7 -> checked(NativeCalls.connectStart(fd(), address(), wild(), anyPort()));
      case 8 -> connectAwait();
      case 9 -> connectAwaitAny();
      case 10 -> filled(out -> NativeCalls.localAddress(fd(), out), 22);
      case 11 -> filled(out -> NativeCalls.peerAddress(fd(), out), 22);
      case 12 -> filled(out -> NativeCalls.tcpInfo(fd(), out), Integer.MAX_VALUE);
      case 13 -> checked(NativeCalls.sourceAddressCheck(address(), wild(), anyPort()));
      case 14, 15 -> receive();
      case 16 -> receiveDirect();
      case 17, 18 -> send();
      case 19 -> sendDirect();
      case 20 -> limits();
      case 21 -> options();
      case 22 -> asked();
      case 23 -> epollControl();
      case 24 -> epollWait();
      default -> checked(NativeCalls.shutdown(fd(), random.nextInt(8) - 2));
    }
  }

  private void checked(long result) {
    calls++;
    if (result < -GREATEST_ERRNO) {
      throw new AssertionError("no value and no errno: " + result);
    }
    if (result < 0) {
      failures++;
    }
  }

  private void opened(List<Integer> kind, int fd) {
    checked(fd);
    if (fd >= 0) {
      kind.add(fd);
      stale.remove((Integer) fd);
    }
  }

  private void connectedSocket() {
    int fd = NativeCalls.socket(false);
    opened(sockets, fd);
    checked(NativeCalls.connectStart(fd, new byte[] {127, 0, 0, 1}, 0, port));
    checked(NativeCalls.connectAwait(fd, 1_000_000_000));
  }

  /** Without SO_LINGER, with which it would wait. */
  private void close(List<Integer> kind) {
    if (!kind.isEmpty()) {
      int fd = kind.remove(random.nextInt(kind.size()));
      NativeCalls.setOption(fd, NativeCalls.LINGER, -1);
      checked(NativeCalls.close(fd));
      stale.add(fd);
    }
  }

  /**
   * The JVM opens files of its own now and then, which get the lowest number that is free; at first
   * many, for its classes, and any of its threads between a look and a close.
   */
  private void closeStale() {
    int fd = nobodys();
    if (calls < CALLS_TO_LOAD_CLASSES) {
      calls++;
      return;
    }
    if (Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (NativeCalls.close(fd) >= 0) {
      throw new AssertionError("closed descriptor " + fd + ", which nobody had");
    }
    calls++;
  }

  private void closeAll() {
    waker.end();
    while (!sockets.isEmpty() || !others.isEmpty()) {
      close(sockets);
      close(others);
    }
  }

  private void connectAwait() {
    int fd = fd();
    long limit = limit(fd);
    checked(waker.guarded(sockets, others, () -> NativeCalls.connectAwait(fd, limit)));
  }

  private void connectAwaitAny() {
    int[] fds = random.nextInt(10) == 0 ? null : new int[random.nextInt(20)];
    boolean wakeable = true;
    for (int i = 0; fds != null && i < fds.length; i++) {
      fds[i] = fd();
      wakeable &= !others.contains(fds[i]);
    }
    int count = random.nextInt(4) == 0 || fds == null ? wild() : fds.length;
    long limit = wakeable ? wildLimit() : 1_000;
    checked(waker.guarded(sockets, others, () -> NativeCalls.connectAwaitAny(fds, count, limit)));
  }

  private interface Filling {
    int fill(byte[] out);
  }

  private void filled(Filling call, int most) {
    byte[] out = array();
    int result = call.fill(out);
    checked(result);
    if (out != null && most != 22) {
      assertUntouched(out, 0, Math.max(0, result));
    } else if (out != null) {
      assertUntouched(out, 0, result < 0 ? 0 : most);
    }
  }

  private void receive() {
    byte[] array = array();
    int size = array == null ? 0 : array.length;
    int fd = fd();
    int offset = near(size);
    int length = near(size);
    long deadline = deadline();
    int mode = mode();
    int count =
        (int)
            waker.guarded(
                sockets,
                others,
                () -> NativeCalls.receive(fd, array, offset, length, deadline, mode));
    checked(count);
    if (array != null) {
      assertUntouched(array, offset, Math.max(0, count));
    }
  }

  private void receiveDirect() {
    int size = SIZES[random.nextInt(SIZES.length)];
    ByteBuffer whole =
        random.nextInt(8) == 0
            ? ByteBuffer.allocate(size + 64)
            : ByteBuffer.allocateDirect(size + 64);
    while (whole.hasRemaining()) {
      whole.put(GUARD);
    }
    ByteBuffer inside = random.nextInt(10) == 0 ? null : whole.slice(32, size);
    int fd = fd();
    int position = near(size);
    int length = near(size);
    long deadline = deadline();
    int mode = mode();
    int count =
        (int)
            waker.guarded(
                sockets,
                others,
                () -> NativeCalls.receiveDirect(fd, inside, position, length, deadline, mode));
    checked(count);
    byte[] all = new byte[whole.capacity()];
    whole.get(0, all);
    assertUntouched(all, 32 + position, Math.max(0, count));
  }

  private void send() {
    byte[] array = array();
    int size = array == null ? 0 : array.length;
    int fd = fd();
    int offset = near(size);
    int length = near(size);
    long deadline = deadline();
    int mode = mode();
    checked(
        waker.guarded(
            sockets, others, () -> NativeCalls.send(fd, array, offset, length, deadline, mode)));
    if (array != null) {
      assertUntouched(array, 0, 0);
    }
  }

  private void sendDirect() {
    int size = SIZES[random.nextInt(SIZES.length)];
    ByteBuffer buffer =
        switch (random.nextInt(8)) {
          case 0 -> null;
          case 1 -> ByteBuffer.allocate(size);
          case 2 -> ByteBuffer.allocateDirect(size).asReadOnlyBuffer();
          default -> ByteBuffer.allocateDirect(size);
        };
    int fd = fd();
    int position = near(size);
    int length = near(size);
    long deadline = deadline();
    int mode = mode();
    checked(
        waker.guarded(
            sockets,
            others,
            () -> NativeCalls.sendDirect(fd, buffer, position, length, deadline, mode)));
  }

  private void limits() {
    checked(NativeCalls.setReceiveLimit(fd(), wildLimit()));
    checked(NativeCalls.setSendLimit(fd(), wildLimit()));
  }

  private void options() {
    int option = random.nextInt(4) == 0 ? wild() : random.nextInt(17);
    checked(NativeCalls.setOption(fd(), option, wild()));
    checked(NativeCalls.getOption(fd(), option));
  }

  private void asked() {
    checked(NativeCalls.abiVersion());
    checked(NativeCalls.selfCheck());
    checked(NativeCalls.sendUrgent(fd(), wild()));
    checked(NativeCalls.available(fd()));
    checked(NativeCalls.pollIdle(fd()));
    checked(NativeCalls.socketError(fd()));
    checked(NativeCalls.eventSignal(eventOrNobody()));
    int event = eventOrNobody(); // which connectAwait may have made blocking
    checked(waker.guarded(sockets, others, () -> NativeCalls.eventDrain(event)));
    checked(NativeCalls.monotonicNanos());
  }

  private void epollControl() {
    int operation = random.nextInt(5);
    checked(NativeCalls.epollControl(fd(), operation, fd(), random.nextInt(), random.nextLong()));
  }

  private void epollWait() {
    long[] out = random.nextInt(8) == 0 ? null : new long[random.nextInt(1_100)];
    if (out != null) {
      Arrays.fill(out, GUARD);
    }
    int fd = fd();
    int most = near(out == null ? 0 : out.length / 2);
    int limit = random.nextInt(20) == 0 ? wild() : 0;
    int count =
        (int) waker.guarded(sockets, others, () -> NativeCalls.epollWait(fd, out, most, limit));
    checked(count);
    for (int i = 2 * Math.max(0, count); out != null && i < out.length; i++) {
      if (out[i] != GUARD) {
        throw new AssertionError("event " + i + " of " + count + " was touched");
      }
    }
  }

  // ---- arguments ----

  private int fd() {
    int choice = random.nextInt(20);
    if (choice < 12 && !sockets.isEmpty()) {
      return sockets.get(random.nextInt(sockets.size()));
    }
    if (choice < 16 && !others.isEmpty()) {
      return others.get(random.nextInt(others.size()));
    }
    return nobodys();
  }

  /** An epoll would be written to, and drained: harmless, but each of them is for another call. */
  private int eventOrNobody() {
    return others.isEmpty() || random.nextInt(4) == 0
        ? nobodys()
        : others.get(random.nextInt(others.size()));
  }

  /** A number that was given to nobody, or not since it was closed. */
  private int nobodys() {
    if (!stale.isEmpty() && random.nextBoolean()) {
      int fd = stale.get(random.nextInt(stale.size()));
      long below = stale.stream().filter(each -> each < fd).count();
      if (below >= LEFT_TO_THE_JVM
          && !Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS)) {
        return fd;
      }
    }
    int[] never = {-1, -2, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 24, 1 << 30};
    return never[random.nextInt(never.length)];
  }

  private int wild() {
    int[] edges = {Integer.MIN_VALUE, -1, 0, 1, 2, 16, 17, 255, 65_536, Integer.MAX_VALUE};
    return random.nextInt(4) == 0 ? random.nextInt() : edges[random.nextInt(edges.length)];
  }

  /** Often inside, often just outside. */
  private int near(int size) {
    return switch (random.nextInt(8)) {
      case 0 -> wild();
      case 1 -> size;
      case 2 -> size + 1;
      case 3 -> 0;
      default -> random.nextInt(size + 1);
    };
  }

  private long wildLimit() {
    long[] edges = {Long.MIN_VALUE, -1, 0, 1, 999, 1_000_000, 5_000_000_000L, Long.MAX_VALUE};
    int likely = random.nextInt(4) == 0 ? edges.length : 6;
    return edges[random.nextInt(likely)];
  }

  /** Nothing but its own limit ends the wait for an epoll or eventfd to become writable. */
  private long limit(int fd) {
    return others.contains(fd) ? 1_000 : wildLimit();
  }

  private long deadline() {
    long limit = wildLimit();
    return random.nextInt(4) == 0 ? limit : NativeCalls.monotonicNanos() + limit;
  }

  private int mode() {
    return random.nextInt(8) == 0 ? wild() : random.nextInt(3);
  }

  private int anyPort() {
    return random.nextInt(3) == 0 ? wild() : port;
  }

  private byte[] array() {
    if (random.nextInt(12) == 0) {
      return null;
    }
    byte[] array = new byte[SIZES[random.nextInt(SIZES.length)]];
    Arrays.fill(array, GUARD);
    return array;
  }

  private byte[] address() {
    byte[] v4 = {127, (byte) random.nextInt(3), 0, 1};
    byte[] v6 = new byte[16];
    return switch (random.nextInt(7)) {
      case 0 -> null;
      case 1 -> new byte[random.nextInt(20)]; // of 4 or 16 bytes: "any", which is this machine
      case 2 -> {
        v6[15] = 1;
        yield v6;
      }
      case 3 -> {
        v6[10] = v6[11] = (byte) 0xff;
        System.arraycopy(v4, 0, v6, 12, 4);
        yield v6;
      }
      default -> v4;
    };
  }

  /** What was received is what the echo server had got: guard bytes, and now and then a zero. */
  private static void assertUntouched(byte[] array, int offset, int count) {
    for (int i = 0; i < array.length; i++) {
      if ((i < offset || i >= offset + count) && array[i] != GUARD) {
        throw new AssertionError(
            "byte "
                + i
                + " of "
                + array.length
                + " touched, given were "
                + count
                + " at "
                + offset);
      }
    }
  }
}
