package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.transport.IdleState;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;

/**
 * A socket over own system calls: connecting, transfer and failures. The rest of the contract of
 * java.net.Socket is in {@link JniSocketContract}.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class JniSocket extends JniSocketContract {
  /** Decides the family of a descriptor that is needed before an address is known. */
  private static final boolean IPV6_AVAILABLE = ipv6Available();

  private final EventLoop loop;

  /** Guards the making of the descriptor, and the options set before it. Never held over a wait. */
  private final ReentrantLock creating = new ReentrantLock();

  private final Map<Integer, Integer> optionsBefore = new HashMap<>(); // guarded by creating
  private volatile Parts parts;
  private volatile boolean closed;
  private volatile boolean bound;
  private volatile boolean connected;
  private volatile InetSocketAddress remote;
  private volatile long connectStart;
  private volatile int latchedErrno;
  private volatile int readTimeoutMillis;
  private volatile int writeTimeoutMillis;

  /** What exists from the moment that there is a descriptor. */
  private record Parts(
      Descriptor descriptor, boolean ipv6, SocketReader reader, SocketWriter writer, Waits waits) {}

  JniSocket(EventLoop loop) throws SocketException {
    this.loop = loop;
  }

  // ---- the descriptor ----

  private static boolean ipv6Available() {
    int fd = NativeCalls.socket(true);
    if (fd >= 0) {
      NativeCalls.close(fd);
    }
    return fd != -Errno.EAFNOSUPPORT; // any other failure is of this moment
  }

  private Parts create(boolean ipv6) throws SocketException {
    long start = System.nanoTime();
    creating.lock();
    try {
      if (closed) {
        throw new SocketException("Socket is closed");
      }
      if (parts == null) {
        int fd = NativeCalls.socket(ipv6);
        if (fd < 0) {
          throw socketFailure(-fd, start);
        }
        Descriptor descriptor = new Descriptor(fd);
        Waits waits = new Waits(loop, descriptor);
        descriptor.backUp(this, waits::cancel);
        Parts made =
            new Parts(
                descriptor,
                ipv6,
                new SocketReader(this, descriptor),
                new SocketWriter(this, descriptor),
                waits);
        for (Map.Entry<Integer, Integer> option : optionsBefore.entrySet()) {
          int result = NativeCalls.setOption(fd, option.getKey(), option.getValue());
          if (result < 0) {
            descriptor.close();
            throw new SocketException(
                NativeOptions.name(option.getKey()) + ": " + Errno.name(-result));
          }
        }
        if (readTimeoutMillis != 0) {
          made.reader().setLimitNanos(TimeUnit.MILLISECONDS.toNanos(readTimeoutMillis));
        }
        if (writeTimeoutMillis != 0) {
          made.writer().setLimitNanos(TimeUnit.MILLISECONDS.toNanos(writeTimeoutMillis));
        }
        parts = made;
      }
      return parts;
    } finally {
      creating.unlock();
    }
  }

  /** Runs a short call on the descriptor, which cannot be closed meanwhile. */
  private static long onDescriptor(Parts on, IntToLongFunction call) throws SocketException {
    if (!on.descriptor().tryUse()) {
      throw new SocketException("Socket is closed");
    }
    try {
      return call.applyAsLong(on.descriptor().fd());
    } finally {
      on.descriptor().done();
    }
  }

  // ---- connecting ----

  @Override
  public void bind(SocketAddress local) throws IOException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
    if (bound) {
      throw new SocketException("Already bound");
    }
    if (local != null && !(local instanceof InetSocketAddress)) {
      throw new IllegalArgumentException("Unsupported address type");
    }
    InetSocketAddress address =
        local == null ? new InetSocketAddress(0) : (InetSocketAddress) local;
    if (address.isUnresolved()) {
      throw new SocketException("Unresolved address");
    }
    InetAddress ip = address.getAddress();
    Parts on = create(ip instanceof Inet6Address || (ip.isAnyLocalAddress() && IPV6_AVAILABLE));
    long result =
        onDescriptor(on, fd -> NativeCalls.bind(fd, ip.getAddress(), scope(ip), address.getPort()));
    if (result < 0) {
      throw Failures.exception(
          details((int) -result, FailurePhase.CONNECT)
              .withAddress(address)
              .withNote("binding the local address"));
    }
    bound = true;
  }

  @Override
  public boolean startConnect(InetSocketAddress address) throws IOException {
    InetAddress ip = address.getAddress();
    remote = address;
    connectStart = System.nanoTime();
    Parts on = create(ip instanceof Inet6Address);
    long result =
        onDescriptor(
            on, fd -> NativeCalls.connectStart(fd, ip.getAddress(), scope(ip), address.getPort()));
    return connecting((int) result);
  }

  @Override
  public boolean finishConnect(long limitNanos) throws IOException {
    Parts on = parts;
    if (on == null) {
      throw closed(FailurePhase.CONNECT);
    }
    if (!on.descriptor().tryUse()) {
      throw closed(FailurePhase.CONNECT);
    }
    try {
      int fd = on.descriptor().fd();
      long limit = limitNanos == Long.MAX_VALUE ? -1 : limitNanos;
      int result =
          VirtualThreads.isVirtual(Thread.currentThread())
              ? awaitParking(on, limitNanos)
              : NativeCalls.connectAwait(fd, limit);
      return connecting(result);
    } finally {
      on.descriptor().done();
    }
  }

  private int awaitParking(Parts on, long limitNanos) throws IOException {
    long start = System.nanoTime();
    Registration registration = on.waits().forReadiness();
    for (; ; ) {
      registration.expectWritable();
      int result = NativeCalls.connectAwait(on.descriptor().fd(), 0);
      if (result != NativeCalls.STILL_CONNECTING || on.descriptor().isClosed()) {
        return result;
      }
      long left =
          limitNanos == Long.MAX_VALUE ? limitNanos : limitNanos - (System.nanoTime() - start);
      if (left <= 0) {
        return result;
      }
      if (on.waits().isOver()) {
        return NativeCalls.connectAwait(on.descriptor().fd(), left == Long.MAX_VALUE ? -1 : left);
      }
      registration.awaitWritable(left);
      if (Thread.currentThread().isInterrupted()) {
        throw closedByInterrupt(FailurePhase.CONNECT);
      }
    }
  }

  /** Whether the handshake is done; its failure as an exception, our own close first. */
  private boolean connecting(int result) throws IOException {
    if (closed) {
      throw closed(FailurePhase.CONNECT);
    }
    if (result == NativeCalls.STILL_CONNECTING) {
      return false;
    }
    if (result < 0) {
      throw connectFailure(-result);
    }
    bound = true;
    connected = true;
    return true;
  }

  /** Every kind that socket(2) can fail with is a SocketException. */
  private SocketException socketFailure(int errno, long start) {
    return (SocketException)
        Failures.exception(
            details(errno, FailurePhase.CONNECT).withElapsedNanos(System.nanoTime() - start));
  }

  private IOException connectFailure(int errno) {
    FailureDetails details =
        details(errno, FailurePhase.CONNECT)
            .withElapsedNanos(System.nanoTime() - connectStart)
            .withUnansweredSyns(errno == Errno.ETIMEDOUT ? unansweredSyns() : 0);
    if (errno == Errno.EADDRNOTAVAIL) {
      InetAddress ip = remote.getAddress();
      boolean sourceExists =
          NativeCalls.sourceAddressCheck(ip.getAddress(), scope(ip), remote.getPort()) == 0;
      details = details.withKind(FailureClassifier.ofNoAddress(sourceExists));
    }
    return Failures.exception(details);
  }

  @Override
  public FailureDetails handshakeTimedOut() {
    return FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT)
        .withEndpoint(endpointOrNull())
        .withAddress(remote)
        .withElapsedNanos(System.nanoTime() - connectStart)
        .withUnansweredSyns(unansweredSyns());
  }

  /** The first SYN and its repetitions; none is answered while the handshake lasts. */
  private int unansweredSyns() {
    return tcpInfo()
        .filter(info -> info.state() == TcpState.SYN_SENT || info.state() == TcpState.CLOSE)
        .map(info -> (int) info.totalRetransmits() + 1)
        .orElse(FailureDetails.UNKNOWN);
  }

  // ---- transfer ----

  Waits waits() {
    return parts.waits();
  }

  @Override
  SocketReader reader() throws SocketException {
    return connectedParts().reader();
  }

  @Override
  SocketWriter writer() throws SocketException {
    return connectedParts().writer();
  }

  private Parts connectedParts() throws SocketException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
    if (!connected) {
      throw new SocketException("Socket is not connected");
    }
    return parts;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return established().reader().read(target);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return established().reader().read(target, offset, length);
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    established().writer().write(source);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    established().writer().write(source, offset, length);
  }

  /** Once connected, the halves themselves say when they are closed. */
  private Parts established() throws SocketException {
    return connected ? parts : connectedParts();
  }

  @Override
  public long bytesWritten() {
    return parts == null ? 0 : parts.writer().bytesWritten();
  }

  @Override
  public void shutdownInput() throws IOException {
    Parts on = connectedParts();
    if (on.reader().isShutDown()) {
      throw new SocketException("Socket input is already shutdown");
    }
    onDescriptor(on, fd -> on.reader().shutDown());
  }

  @Override
  public void shutdownOutput() throws IOException {
    Parts on = connectedParts();
    if (on.writer().isShutDown()) {
      throw new SocketException("Socket output is already shutdown");
    }
    onDescriptor(on, fd -> on.writer().shutDown());
  }

  @Override
  public boolean isInputShutdown() {
    return parts != null && parts.reader().isShutDown();
  }

  @Override
  public boolean isOutputShutdown() {
    return parts != null && parts.writer().isShutDown();
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    long result = onDescriptor(connectedParts(), fd -> NativeCalls.sendUrgent(fd, data));
    if (result == -Errno.EAGAIN) {
      throw limitPassed(FailurePhase.WRITE, System.nanoTime(), 0); // it never waits
    }
    if (result < 0) {
      throw fatal((int) -result, FailurePhase.WRITE, System.nanoTime());
    }
  }

  // ---- failures ----

  /**
   * An errno of an established connection. The kernel tells it once, so it is kept for who asks
   * next.
   */
  IOException fatal(int errno, FailurePhase phase, long start) {
    if (latchedErrno == 0) {
      latchedErrno = errno;
    }
    return Failures.exception(
        details(errno, phase)
            .withElapsedNanos(System.nanoTime() - start)
            .withRequestBytesSent(bytesWritten() > 0));
  }

  /**
   * After the kernel told an error, it tells a clean end of the stream to who reads, and EPIPE to
   * who writes: that is not what happened.
   */
  void throwLatchedFailure(FailurePhase phase, long start) throws IOException {
    if (latchedErrno != 0) {
      throw fatal(latchedErrno, phase, start);
    }
  }

  IOException limitPassed(FailurePhase phase, long start, int transferred) {
    FailureKind kind =
        phase == FailurePhase.READ ? FailureKind.READ_TIMED_OUT : FailureKind.WRITE_TIMED_OUT;
    IOException failure =
        Failures.exception(
            FailureDetails.of(kind, phase)
                .withEndpoint(endpointOrNull())
                .withAddress(remote)
                .withElapsedNanos(System.nanoTime() - start)
                .withRequestBytesSent(bytesWritten() > 0));
    ((SocketTimeoutException) failure).bytesTransferred = transferred;
    return failure;
  }

  IOException closed(FailurePhase phase) {
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, phase)
            .withEndpoint(endpointOrNull())
            .withAddress(remote)
            .withRequestBytesSent(bytesWritten() > 0));
  }

  /** A virtual thread that is interrupted while it waits closes its socket, as in the JDK. */
  IOException closedByInterrupt(FailurePhase phase) {
    close();
    return Failures.exception(
        FailureDetails.of(FailureKind.CLOSED, phase)
            .withEndpoint(endpointOrNull())
            .withAddress(remote)
            .withNote("the virtual thread was interrupted"));
  }

  private FailureDetails details(int errno, FailurePhase phase) {
    return FailureDetails.ofErrno(errno, phase).withEndpoint(endpointOrNull()).withAddress(remote);
  }

  // ---- watching and closing ----

  @Override
  public Optional<TcpInfo> tcpInfo() {
    Parts on = parts;
    if (on == null || !on.descriptor().tryUse()) {
      return Optional.empty();
    }
    try {
      return TcpInfoLayout.read(on.descriptor().fd());
    } finally {
      on.descriptor().done();
    }
  }

  @Override
  public IdleState checkIdle(long idleSinceNanos) {
    Parts on = parts;
    if (on == null || !on.descriptor().tryUse()) {
      return IdleState.PEER_CLOSED;
    }
    try {
      int events = NativeCalls.pollIdle(on.descriptor().fd());
      if (events == 0) {
        return IdleState.CLEAN;
      }
      return events == NativeCalls.POLLIN ? IdleState.READABLE : IdleState.PEER_CLOSED;
    } finally {
      on.descriptor().done();
    }
  }

  @Override
  public void onPeerClosed(Runnable action) {
    Parts on = parts;
    if (on == null || !on.descriptor().tryUse()) {
      return;
    }
    try {
      on.waits().onPeerClosed(action);
    } catch (IOException notWatched) {
      // Without the watch the poll at lease time still finds it.
    } finally {
      on.descriptor().done();
    }
  }

  @Override
  public void close() {
    Parts on;
    creating.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      on = parts;
    } finally {
      creating.unlock();
    }
    if (on != null) {
      rememberLocalName();
      dropPositiveLinger(on);
      on.descriptor().close();
      on.waits().cancel();
    }
  }

  /** With a positive SO_LINGER close(2) would wait, whatever the mode of the descriptor. */
  private void dropPositiveLinger(Parts on) {
    if (lingers() && on.descriptor().tryUse()) {
      NativeCalls.setOption(on.descriptor().fd(), NativeCalls.LINGER, -1);
      on.descriptor().done();
    }
  }

  // ---- state and options ----

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isConnected() {
    return connected;
  }

  @Override
  public boolean isBound() {
    return bound;
  }

  @Override
  InetSocketAddress remote() {
    return remote;
  }

  @Override
  int nativeLocalName(byte[] out) {
    Parts on = parts;
    if (on == null || !on.descriptor().tryUse()) {
      return -Errno.EBADF;
    }
    try {
      return NativeCalls.localAddress(on.descriptor().fd(), out);
    } finally {
      on.descriptor().done();
    }
  }

  @Override
  int setNative(int id, int value) throws SocketException {
    creating.lock();
    try {
      if (closed) {
        throw new SocketException("Socket is closed");
      }
      if (parts == null) {
        optionsBefore.put(id, value);
        return 0;
      }
    } finally {
      creating.unlock();
    }
    return (int) onDescriptor(parts, fd -> NativeCalls.setOption(fd, id, value));
  }

  @Override
  long getNative(int id) throws SocketException {
    creating.lock();
    try {
      Integer kept = parts == null ? optionsBefore.get(id) : null;
      if (kept != null && !closed) {
        return asTheKernelWouldSay(id, kept);
      }
    } finally {
      creating.unlock();
    }
    return onDescriptor(create(IPV6_AVAILABLE), fd -> NativeCalls.getOption(fd, id));
  }

  /** A value that waits for its descriptor, as it will be read back. */
  private static long asTheKernelWouldSay(int id, int kept) {
    return switch (id) {
      case NativeCalls.LINGER -> kept < 0 ? NativeCalls.LINGER_OFF : kept;
      case NativeCalls.RCVBUF, NativeCalls.SNDBUF -> 2L * kept;
      default -> kept;
    };
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    if (millis < 0) {
      throw new IllegalArgumentException("timeout can't be negative");
    }
    readTimeoutMillis = millis;
    setLimit(on -> on.reader().setLimitNanos(TimeUnit.MILLISECONDS.toNanos(millis)));
  }

  @Override
  public int getSoTimeout() throws SocketException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
    return readTimeoutMillis;
  }

  @Override
  public void setWriteTimeout(int millis) throws SocketException {
    if (millis < 0) {
      throw new IllegalArgumentException("write timeout must not be negative: " + millis);
    }
    writeTimeoutMillis = millis;
    setLimit(on -> on.writer().setLimitNanos(TimeUnit.MILLISECONDS.toNanos(millis)));
  }

  @Override
  public int getWriteTimeout() {
    return writeTimeoutMillis;
  }

  private void setLimit(Consumer<Parts> set) throws SocketException {
    Parts on;
    creating.lock();
    try {
      if (closed) {
        throw new SocketException("Socket is closed");
      }
      on = parts;
    } finally {
      creating.unlock();
    }
    if (on != null) {
      onDescriptor(
          on,
          fd -> {
            set.accept(on);
            return 0;
          });
    }
  }
}
