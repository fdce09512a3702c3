package io.trunkline;

import io.trunkline.config.FirstWrite;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportOptions;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A socket for other people's clients: unconnected at birth, and connected by a dial of the
 * manager. Until then a sample socket answers for it and checks its options, which each socket of
 * the dial is given before its handshake. The sample is opened when it is needed: most clients set
 * a read limit and connect.
 *
 * <p>It differs from java.net.Socket where {@link TransportSocket} does, and in that {@link #bind}
 * only looks whether a local port can be had, and {@link #connect} takes it.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
public class ManagedSocket extends DelegatingSocket {
  private static final SocketSetting<Integer> USER_TIMEOUT =
      SocketSetting.of(TransportOptions.TCP_USER_TIMEOUT);

  private final Dialler dialler;

  /** Guards all changes of what is below. Held over setsockopt(2), never over a wait or a close. */
  private final ReentrantLock changing = new ReentrantLock();

  /** What was set before there was a connection, in the order in which it was first set. */
  private final Map<SocketSetting<?>, Object> kept = new LinkedHashMap<>();

  /** The part of it that the sockets of the dial may not have, or not any more. */
  private final Map<SocketSetting<?>, Object> late = new LinkedHashMap<>();

  private boolean connecting;
  private TransportSocket sample;
  private volatile InetSocketAddress boundTo;
  private volatile Dialler.Attempt attempt;
  private volatile TransportSocket connected;
  private volatile boolean closed;

  /** Clients set their own read limit, or mean none: the one of the settings is for leases. */
  public ManagedSocket(Dialler dialler) {
    this.dialler = dialler;
    this.kept.put(SocketSetting.READ_TIMEOUT, 0);
  }

  /**
   * This side is about to close it, and TLS to say goodbye first, whose answer would look as if the
   * peer had closed. Does nothing here.
   */
  protected void closing() {}

  /** What is written to the connection first. A promise of idempotence unless overridden. */
  protected FirstWrite first() {
    return FirstWrite.IDEMPOTENT;
  }

  /**
   * The read limit that the client means. What it set, unless overridden.
   *
   * @param millis what it set; 0 for none
   */
  protected int readLimit(int millis) {
    return millis;
  }

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    super.setSoTimeout(readLimit(millis));
  }

  /** The connection; empty until it is connected. */
  public final Optional<TransportSocket> connected() {
    return Optional.ofNullable(connected);
  }

  @Override
  final Socket target() {
    TransportSocket established = connected;
    if (established != null) {
      return established;
    }
    try {
      return sample();
    } catch (IOException noDescriptor) {
      return new Socket(); // which has none either, and has the same names and states
    }
  }

  /** What answers until there is a connection. */
  private TransportSocket sample() throws IOException {
    changing.lock();
    try {
      if (sample == null) {
        TransportSocket opened = dialler.openSample();
        opened.setSoTimeout((Integer) kept.get(SocketSetting.READ_TIMEOUT));
        if (closed) {
          opened.close();
        }
        sample = opened;
      }
      return sample;
    } finally {
      changing.unlock();
    }
  }

  private void closeSample() throws IOException {
    changing.lock();
    try {
      if (sample != null) {
        sample.close();
      }
    } finally {
      changing.unlock();
    }
  }

  // ---- connecting ----

  /**
   * Dials through the manager: an unresolved address is resolved by it, and all that it resolves to
   * may be tried; a resolved one is dialled as it is.
   *
   * @param timeoutMillis milliseconds. The dial ends with it or with the connect timeout of the
   *     manager, whichever comes first; 0 leaves it to the latter
   */
  @Override
  public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    if (timeoutMillis < 0) {
      throw new IllegalArgumentException("connect timeout must not be negative: " + timeoutMillis);
    }
    if (!(remote instanceof InetSocketAddress address)) {
      throw new IllegalArgumentException("unsupported address: " + remote);
    }
    beginConnecting();
    try {
      dial(address, timeoutMillis);
    } finally {
      if (connected == null) {
        close(); // as java.net.Socket does
      }
    }
  }

  private void beginConnecting() throws SocketException {
    changing.lock();
    try {
      if (closed) {
        throw new SocketException("Socket is closed");
      }
      if (connecting) {
        throw new SocketException("already connected");
      }
      connecting = true;
    } finally {
      changing.unlock();
    }
  }

  private void dial(InetSocketAddress address, int timeoutMillis) throws IOException {
    Endpoint endpoint = endpoint(address);
    Optional<InetSocketAddress> only =
        address.isUnresolved() ? Optional.empty() : Optional.of(address);
    long limit = timeoutMillis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    Dialler.Attempt mine =
        dialler.begin(endpoint, new DialOptions(only, limit, first(), this::prepare));
    attempt = mine;
    if (closed) {
      mine.cancel(); // close() came before there was something to cancel; run() says so
    }
    TransportSocket dialled = mine.run();
    try {
      adopt(dialled, address, endpoint);
    } finally {
      attempt = null;
      if (connected == null) {
        dialled.close();
      } else {
        closeSample();
      }
    }
  }

  /** The host that the caller named; it need not be one that can be looked up if it is resolved. */
  private static Endpoint endpoint(InetSocketAddress address) throws IOException {
    if (address.getPort() == 0) {
      throw Failures.exception(
          FailureDetails.of(FailureKind.ADDRESS_UNUSABLE, FailurePhase.CONNECT)
              .withAddress(address)
              .withNote("nothing can listen on port 0"));
    }
    try {
      return Endpoint.tcp(address.getHostString(), address.getPort());
    } catch (IllegalArgumentException noHost) {
      if (!address.isUnresolved()) {
        return Endpoint.tcp(address.getAddress().getHostAddress(), address.getPort());
      }
      throw Failures.exception(
          FailureDetails.of(FailureKind.RESOLUTION_FAILED, FailurePhase.RESOLVE)
              .withAddress(address)
              .withNote(noHost.getMessage()));
    }
  }

  /** Gives a socket of the dial what was set on this one. */
  private void prepare(TransportSocket socket) throws IOException {
    changing.lock();
    try {
      apply(kept, socket);
    } finally {
      changing.unlock();
    }
    if (boundTo != null) {
      socket.bind(boundTo);
    }
  }

  private void adopt(TransportSocket dialled, InetSocketAddress address, Endpoint endpoint)
      throws IOException {
    changing.lock();
    try {
      if (closed) {
        throw Failures.exception(
            FailureDetails.of(FailureKind.CLOSED, FailurePhase.CONNECT)
                .withEndpoint(endpoint)
                .withAddress(address.isUnresolved() ? null : address));
      }
      apply(late, dialled);
      connected = dialled;
    } finally {
      changing.unlock();
    }
  }

  @Override
  public void bind(SocketAddress local) throws IOException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
    if (isBound()) {
      throw new SocketException("Already bound");
    }
    // Each socket of the dial is bound for itself. Whether that can be is told now.
    try (TransportSocket trial = dialler.openSample()) {
      changing.lock();
      try {
        apply(kept, trial);
      } finally {
        changing.unlock();
      }
      trial.bind(local);
    }
    boundTo = local == null ? new InetSocketAddress(0) : (InetSocketAddress) local;
  }

  /** Never blocks, and ends what waits: a connect, too, which then is no failure of the peer. */
  @Override
  public void close() throws IOException {
    changing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      changing.unlock();
    }
    Dialler.Attempt underWay = attempt;
    if (underWay != null) {
      underWay.cancel();
    }
    TransportSocket established = connected;
    if (established != null) {
      established.close();
    } else {
      closeSample();
    }
  }

  // ---- options ----

  @Override
  final <T> T get(SocketSetting<T> setting) throws SocketException {
    if (closed) {
      throw new SocketException("Socket is closed");
    }
    try {
      TransportSocket established = connected;
      return setting.get(established != null ? established : sample());
    } catch (IOException failed) {
      throw asSocketException(failed);
    }
  }

  @Override
  final <T> void set(SocketSetting<T> setting, T value) throws SocketException {
    changing.lock();
    try {
      if (closed) {
        throw new SocketException("Socket is closed");
      }
      if (connected != null) {
        setting.set(connected, value);
      } else {
        check(setting, value);
        keep(setting, value);
      }
    } catch (IOException failed) {
      throw asSocketException(failed);
    } finally {
      changing.unlock();
    }
  }

  /** The sample says so if the value cannot be. A read limit is nothing to the kernel yet. */
  private <T> void check(SocketSetting<T> setting, T value) throws IOException {
    boolean isReadLimit = setting.equals(SocketSetting.READ_TIMEOUT);
    if (isReadLimit && (Integer) value < 0) {
      throw new IllegalArgumentException("read timeout must not be negative: " + value);
    }
    if (!isReadLimit || sample != null) {
      setting.set(sample(), value);
    }
  }

  private <T> void keep(SocketSetting<T> setting, T value) {
    kept.put(setting, value);
    // The dial sets the user timeout of the settings once the handshake is done.
    if (connecting || setting.equals(USER_TIMEOUT)) {
      late.put(setting, value);
    }
  }

  private static void apply(Map<SocketSetting<?>, Object> settings, Socket socket)
      throws IOException {
    for (Map.Entry<SocketSetting<?>, Object> each : settings.entrySet()) {
      applyOne(each.getKey(), socket, each.getValue());
    }
  }

  @SuppressWarnings("unchecked") // keep() put it there
  private static <T> void applyOne(SocketSetting<T> setting, Socket socket, Object value)
      throws IOException {
    setting.set(socket, (T) value);
  }

  // ---- states and names ----

  @Override
  public boolean isClosed() {
    return closed || (connected != null && connected.isClosed());
  }

  @Override
  public boolean isConnected() {
    return connected != null;
  }

  @Override
  public boolean isBound() {
    return boundTo != null || connected != null;
  }

  @Override
  public InetAddress getLocalAddress() {
    return boundTo != null && connected == null && !closed
        ? boundTo.getAddress()
        : target().getLocalAddress();
  }

  /** 0 for a port that the system is to choose when it connects. */
  @Override
  public int getLocalPort() {
    return boundTo != null && connected == null ? boundTo.getPort() : target().getLocalPort();
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return isBound() ? new InetSocketAddress(getLocalAddress(), getLocalPort()) : null;
  }
}
