package io.trunkline;

import io.trunkline.failure.FailurePhase;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
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
final class LeaseSocket extends DelegatingSocket {
  /**
   * A buffer size that was set once is never tuned by the kernel again (tcp(7)): not for the next
   * caller.
   */
  private static final Set<SocketOption<?>> SET_FOR_GOOD =
      Set.of(StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_RCVBUF);

  private final Lease lease;
  private final TransportSocket target;

  /** How to undo each first change of a setting; guarded by itself. */
  private final Deque<Action> undo = new ArrayDeque<>();

  private final Set<SocketSetting<?>> changed = new HashSet<>(); // guarded by undo

  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
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
          undo.pop().run();
        }
        return true;
      } catch (IOException failed) {
        return false;
      }
    }
  }

  /** Names are known for as long as the object; the rest goes through {@link #within}. */
  @Override
  Socket target() {
    return target;
  }

  private <T> T within(Read<T> what) throws SocketException {
    try {
      lease.begin(FailurePhase.READ);
      try {
        return what.get();
      } finally {
        lease.done();
      }
    } catch (IOException failed) {
      throw asSocketException(failed);
    }
  }

  // ---- options ----

  @Override
  <T> T get(SocketSetting<T> setting) throws SocketException {
    return within(() -> setting.get(target));
  }

  /** Makes the change, after noting how to undo the first one to the same thing. */
  @Override
  <T> void set(SocketSetting<T> setting, T value) throws SocketException {
    within(
        () -> {
          if (setting instanceof SocketSetting.Option<T> known
              && SET_FOR_GOOD.contains(known.option())) {
            lease.markBroken();
            setting.set(target, value);
            return null;
          }
          T was = setting.get(target);
          setting.set(target, value);
          synchronized (undo) {
            if (changed.add(setting)) {
              undo.push(() -> setting.set(target, was));
            }
          }
          return null;
        });
  }

  // ---- streams and ends ----

  @Override
  public InputStream getInputStream() throws IOException {
    within(target::getInputStream); // throws what the contract wants
    return lease.input();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    within(target::getOutputStream);
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

  private void end(Action half) throws SocketException {
    within(
        () -> {
          lease.markBroken(); // a half-closed connection is never reused
          half.run();
          return null;
        });
  }

  @Override
  public void sendUrgentData(int data) throws IOException {
    within(
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
  public String toString() {
    return lease.toString();
  }
}
