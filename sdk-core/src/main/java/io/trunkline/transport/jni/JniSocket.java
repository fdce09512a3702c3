package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import io.trunkline.transport.IdleState;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
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

  /**
   * Guards the making of the descriptor, the options set before it, and the making of its {@link
   * Waits} registration: one lock, as few sockets ever contend for it. Never held over a wait.
   */
  private final ReentrantLock creating = new ReentrantLock();

  private KeptOptions optionsBefore; // guarded by creating; null if there are none
  private volatile Parts parts;
  private volatile boolean closed;
  private volatile boolean bound;
  private volatile boolean connected;
  private volatile InetSocketAddress remote;
  private volatile long connectStart;
  private final SocketFailures failures = new SocketFailures(this);
  private volatile boolean fastOpenWanted;
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

  private Parts create(boolean ipv6, long start) throws SocketException {
    creating.lock();
    try {
      if (closed) {
        throw new SocketException("Socket is closed");
      }
      if (parts == null) {
        int fd = NativeCalls.socket(ipv6);
        if (fd < 0) {
          throw failures.noSocket(-fd, start);
        }
        Descriptor descriptor = new Descriptor(fd);
        Waits waits = new Waits(loop, descriptor, creating);
        descriptor.backUp(this, waits);
        Parts made =
            new Parts(
                descriptor,
                ipv6,
                new SocketReader(this, descriptor, failures),
                new SocketWriter(this, descriptor, failures),
                waits);
        if (optionsBefore != null) {
          setKeptOptions(descriptor);
        }
        if (readTimeoutMillis != 0) {
          made.reader().setLimitNanos(TimeUnit.MILLISECONDS.toNanos(readTimeoutMillis));
        }
        if (writeTimeoutMillis != 0) {
          made.writer().setLimitNanos(TimeUnit.MILLISECONDS.toNanos(writeTimeoutMillis));
        }
        parts = made;
        optionsBefore = null; // the kernel has them
      }
      return parts;
    } finally {
      creating.unlock();
    }
  }

  /** By the thread that made the descriptor, which nobody else knows yet, and holds creating. */
  private void setKeptOptions(Descriptor descriptor) throws SocketException {
    for (int id = optionsBefore.next(0); id >= 0; id = optionsBefore.next(id + 1)) {
      int result = NativeCalls.setOption(descriptor.fd(), id, optionsBefore.get(id));
      if (result < 0 && !NativeOptions.isOnlyAWish(id, result)) {
        descriptor.close();
        throw optionFailed(NativeOptions.name(id), -result);
      }
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
    boolean ipv6 = ip instanceof Inet6Address || (ip.isAnyLocalAddress() && IPV6_AVAILABLE);
    Parts on = create(ipv6, System.nanoTime());
    long result =
        onDescriptor(on, fd -> NativeCalls.bind(fd, ip.getAddress(), scope(ip), address.getPort()));
    if (result < 0) {
      throw failures.bindFailed((int) -result, address);
    }
    bound = true;
  }

  @Override
  public boolean startConnect(InetSocketAddress address) throws IOException {
    InetAddress ip = address.getAddress();
    remote = address;
    long start = System.nanoTime();
    connectStart = start;
    Parts on = create(ip instanceof Inet6Address, start);
    long result =
        onDescriptor(
            on, fd -> NativeCalls.connectStart(fd, ip.getAddress(), scope(ip), address.getPort()));
    if (result == 0 && isDeferred(on)) {
      setFlight(new FirstFlight(this, failures));
    }
    return connecting((int) result);
  }

  /** Only Fast Open calls a socket connected that has sent nothing yet. */
  private boolean isDeferred(Parts on) {
    return fastOpenWanted
        && tcpInfo(on).filter(info -> info.state() == TcpState.SYN_SENT).isPresent();
  }

  @Override
  public boolean finishConnect(long limitNanos) throws IOException {
    Parts on = parts;
    if (on == null) {
      throw failures.closed(FailurePhase.CONNECT);
    }
    if (!on.descriptor().tryUse()) {
      throw failures.closed(FailurePhase.CONNECT);
    }
    try {
      return connecting(awaitHandshake(limitNanos));
    } finally {
      on.descriptor().done();
    }
  }

  /** The caller is counted in on the descriptor. */
  int awaitHandshake(long limitNanos) throws IOException {
    Parts on = parts;
    return HandshakeWait.await(on.descriptor(), on.waits(), failures, limitNanos);
  }

  /** The descriptor of a handshake that was begun; null before that. */
  Descriptor connectingDescriptor() {
    Parts on = parts;
    return on == null ? null : on.descriptor();
  }

  /** Whether the handshake is done; its failure as an exception, our own close first. */
  private boolean connecting(int result) throws IOException {
    if (closed) {
      throw failures.closed(FailurePhase.CONNECT);
    }
    if (result == NativeCalls.STILL_CONNECTING) {
      return false;
    }
    if (result < 0) {
      throw failures.connectFailed(-result, connectStart);
    }
    bound = true;
    connected = true;
    return true;
  }

  @Override
  public FailureDetails handshakeTimedOut() {
    return failures.handshakeTimedOut(connectStart);
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
    shutDown(onDescriptor(on, fd -> on.reader().shutDown()), FailurePhase.READ);
  }

  @Override
  public void shutdownOutput() throws IOException {
    Parts on = connectedParts();
    if (on.writer().isShutDown()) {
      throw new SocketException("Socket output is already shutdown");
    }
    requireWritten(FailurePhase.WRITE);
    shutDown(onDescriptor(on, fd -> on.writer().shutDown()), FailurePhase.WRITE);
  }

  /** A connection that has ended by itself is as well shut down. */
  private void shutDown(long result, FailurePhase phase) throws IOException {
    if (result < 0 && result != -Errno.ENOTCONN) {
      throw failures.fatal((int) -result, phase, System.nanoTime());
    }
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
    Parts on = connectedParts();
    requireWritten(FailurePhase.WRITE);
    long result = onDescriptor(on, fd -> NativeCalls.sendUrgent(fd, data));
    if (result == -Errno.EAGAIN) {
      throw failures.limitPassed(FailurePhase.WRITE, System.nanoTime(), 0); // it never waits
    }
    if (result < 0) {
      throw failures.fatal((int) -result, FailurePhase.WRITE, System.nanoTime());
    }
  }

  // ---- watching and closing ----

  @Override
  public Optional<TcpInfo> tcpInfo() {
    return tcpInfo(parts);
  }

  private static Optional<TcpInfo> tcpInfo(Parts on) {
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
  public boolean hasReadEnd() {
    Parts on = parts;
    return on != null && on.reader().hasReadEnd();
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
    FirstFlight flight = flight();
    if (flight != null) {
      flight.socketClosed();
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
      if (id == NativeCalls.FASTOPEN_CONNECT) {
        fastOpenWanted = value != 0;
      }
      if (parts == null) {
        if (optionsBefore == null) {
          optionsBefore = new KeptOptions();
        }
        optionsBefore.put(id, value);
        return 0;
      }
    } finally {
      creating.unlock();
    }
    FirstFlight flight = flight();
    // While a handshake lasts, a user timeout would take the place of its limit.
    if (flight != null && id == NativeCalls.USER_TIMEOUT && flight.keep(id, value)) {
      return 0;
    }
    int result = (int) onDescriptor(parts, fd -> NativeCalls.setOption(fd, id, value));
    return NativeOptions.isOnlyAWish(id, result) ? 0 : result;
  }

  @Override
  SocketException optionFailed(String name, int errno) {
    return failures.optionFailed(name, errno);
  }

  /** What had to wait for the handshake in the first write, whose thread is counted in. */
  void catchUp(Map<Integer, Integer> options, boolean inputShutDown) {
    Parts on = parts;
    options.forEach((id, value) -> NativeCalls.setOption(on.descriptor().fd(), id, value));
    if (inputShutDown) {
      on.reader().shutDownNow();
    }
  }

  @Override
  long getNative(int id) throws SocketException {
    creating.lock();
    try {
      if (!closed && optionsBefore != null && optionsBefore.has(id)) {
        return NativeOptions.asTheKernelWouldSay(id, optionsBefore.get(id));
      }
    } finally {
      creating.unlock();
    }
    FirstFlight flight = flight();
    Integer later = flight == null ? null : flight.kept(id);
    if (later != null) {
      return later;
    }
    return onDescriptor(
        create(IPV6_AVAILABLE, System.nanoTime()), fd -> NativeCalls.getOption(fd, id));
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    if (millis < 0) {
      throw new IllegalArgumentException("read timeout must not be negative: " + millis);
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
      set.accept(on);
    }
  }
}
