package io.trunkline;

import io.trunkline.failure.FailurePhase;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * A lease as a socket: the contract of java.net.Socket over the connection, as long as the lease
 * lasts. It remembers what each changed option was, so that the next caller gets the connection as
 * this one did.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class LeaseSocket extends Socket {
  private final Lease lease;
  private final TransportSocket target;

  /** How to undo each first change of an option; guarded by itself. */
  private final Deque<Change> undo = new ArrayDeque<>();

  private final Set<Object> changed = new HashSet<>(); // guarded by undo

  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  @FunctionalInterface
  private interface Read<T> {
    T get() throws IOException;
  }

  LeaseSocket(Lease lease, TransportSocket target) {
    this.lease = lease;
    this.target = target;
  }

  /**
   * Sets back what was changed; false if that failed, and the connection is not fit for another
   * caller.
   */
  boolean restoreOptions() {
    synchronized (undo) {
      try {
        while (!undo.isEmpty()) {
          undo.pop().make();
        }
        return true;
      } catch (IOException failed) {
        return false;
      }
    }
  }

  // ---- within the lease ----

  private <T> T read(Read<T> what) throws SocketException {
    try {
      lease.begin(FailurePhase.READ);
      try {
        return what.get();
      } finally {
        lease.done();
      }
    } catch (SocketException asPromised) {
      throw asPromised;
    } catch (IOException other) {
      throw (SocketException) new SocketException(other.toString()).initCause(other);
    }
  }

  /** Makes a change, after noting how to undo the first one to the same thing. */
  private <T> void change(Object key, Read<T> before, Change change, Undo<T> back)
      throws SocketException {
    read(
        () -> {
          T was = before.get();
          change.make();
          synchronized (undo) {
            if (changed.add(key)) {
              undo.push(() -> back.to(was));
            }
          }
          return null;
        });
  }

  @FunctionalInterface
  private interface Undo<T> {
    void to(T before) throws IOException;
  }

  private <T> void set(SocketOption<T> option, T value) throws SocketException {
    if (option == StandardSocketOptions.SO_SNDBUF || option == StandardSocketOptions.SO_RCVBUF) {
      setForGood(option, value);
      return;
    }
    change(
        option,
        () -> target.getOption(option),
        () -> target.setOption(option, value),
        was -> target.setOption(option, was));
  }

  /**
   * A buffer size that was set once is never tuned by the kernel again (tcp(7)): not for the next
   * caller.
   */
  private <T> void setForGood(SocketOption<T> option, T value) throws SocketException {
    read(
        () -> {
          lease.markBroken();
          return target.setOption(option, value);
        });
  }

  private <T> T get(SocketOption<T> option) throws SocketException {
    return read(() -> target.getOption(option));
  }

  // ---- streams and ends ----

  @Override
  public InputStream getInputStream() throws IOException {
    read(target::getInputStream); // throws what the contract wants
    return lease.input();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    read(target::getOutputStream);
    return lease.output();
  }

  @Override
  public void shutdownInput() throws IOException {
    end(target::shutdownInput);
  }

  @Override
  public void shutdownOutput() throws IOException {
    end(target::shutdownOutput);
  }

  private void end(Change half) throws SocketException {
    read(
        () -> {
          lease.markBroken(); // a half-closed connection is never reused
          half.make();
          return null;
        });
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    read(
        () -> {
          lease.markBroken(); // whether the peer has taken it cannot be known
          target.sendUrgentData(data);
          return null;
        });
  }

  @Override
  public void close() {
    lease.close();
  }

  @Override
  public boolean isClosed() {
    return lease.isEnded() || target.isClosed();
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public boolean isInputShutdown() {
    return target.isInputShutdown();
  }

  @Override
  public boolean isOutputShutdown() {
    return target.isOutputShutdown();
  }

  @Override
  public void connect(SocketAddress remote) throws IOException {
    throw new SocketException("already connected");
  }

  @Override
  public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    throw new SocketException("already connected");
  }

  @Override
  public void bind(SocketAddress local) throws IOException {
    throw new SocketException("Already bound");
  }

  // ---- names: known for as long as the object ----

  @Override
  public InetAddress getInetAddress() {
    return target.getInetAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return target.getLocalAddress();
  }

  @Override
  public int getPort() {
    return target.getPort();
  }

  @Override
  public int getLocalPort() {
    return target.getLocalPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return target.getRemoteSocketAddress();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return target.getLocalSocketAddress();
  }

  /** Always null: the socket has no channel. */
  @Override
  public SocketChannel getChannel() {
    return null;
  }

  // ---- options ----

  @Override
  public <T> Socket setOption(SocketOption<T> option, T value) throws IOException {
    set(option, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> option) throws IOException {
    return get(option);
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return target.supportedOptions();
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    change(
        "SO_TIMEOUT",
        target::getSoTimeout,
        () -> target.setSoTimeout(millis),
        target::setSoTimeout);
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return read(target::getSoTimeout);
  }

  @Override
  public void setOOBInline(boolean on) throws SocketException {
    change("OOBINLINE", target::getOOBInline, () -> target.setOOBInline(on), target::setOOBInline);
  }

  @Override
  public boolean getOOBInline() throws SocketException {
    return read(target::getOOBInline);
  }

  @Override
  public void setSoLinger(boolean on, int seconds) throws SocketException {
    if (on && seconds < 0) {
      throw new IllegalArgumentException("invalid value for SO_LINGER: " + seconds);
    }
    set(StandardSocketOptions.SO_LINGER, on ? seconds : -1);
  }

  @Override
  public int getSoLinger() throws SocketException {
    return get(StandardSocketOptions.SO_LINGER);
  }

  @Override
  public void setTcpNoDelay(boolean on) throws SocketException {
    set(StandardSocketOptions.TCP_NODELAY, on);
  }

  @Override
  public boolean getTcpNoDelay() throws SocketException {
    return get(StandardSocketOptions.TCP_NODELAY);
  }

  @Override
  public void setSendBufferSize(int size) throws SocketException {
    set(StandardSocketOptions.SO_SNDBUF, size);
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return get(StandardSocketOptions.SO_SNDBUF);
  }

  @Override
  public void setReceiveBufferSize(int size) throws SocketException {
    set(StandardSocketOptions.SO_RCVBUF, size);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return get(StandardSocketOptions.SO_RCVBUF);
  }

  @Override
  public void setKeepAlive(boolean on) throws SocketException {
    set(StandardSocketOptions.SO_KEEPALIVE, on);
  }

  @Override
  public boolean getKeepAlive() throws SocketException {
    return get(StandardSocketOptions.SO_KEEPALIVE);
  }

  @Override
  public void setTrafficClass(int octet) throws SocketException {
    set(StandardSocketOptions.IP_TOS, octet);
  }

  @Override
  public int getTrafficClass() throws SocketException {
    return get(StandardSocketOptions.IP_TOS);
  }

  @Override
  public void setReuseAddress(boolean on) throws SocketException {
    set(StandardSocketOptions.SO_REUSEADDR, on);
  }

  @Override
  public boolean getReuseAddress() throws SocketException {
    return get(StandardSocketOptions.SO_REUSEADDR);
  }

  /** Without effect, as in the JDK. */
  @Override
  public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {}

  @Override
  public String toString() {
    return lease.toString();
  }
}
