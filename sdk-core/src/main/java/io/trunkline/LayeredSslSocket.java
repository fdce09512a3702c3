package io.trunkline;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsUpgrade;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS of a client's own over a {@link ManagedSocket}: an SSLSocket that the client sets up as it
 * likes, the check of the name included, and that differs from the one of JSSE in what matters to a
 * pool. The TLS handshake has one deadline and fails with the exact kind; {@link #close} never
 * blocks, not even beside a writer that is stuck; the end of TCP without a close_notify is a
 * failure; and whether an idle connection still lives can be asked of {@link #secured}.
 *
 * <p>Thread-safe as {@link TransportSocket} is. Made by {@link LayeredSSLSocketFactory}.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
public final class LayeredSslSocket extends DelegatingSslSocket {
  private static final Duration WITHOUT_READ_LIMIT = TlsSettings.builder().build().timeout();

  private final ManagedSocket tcp;
  private final TlsUpgrade upgrade;

  /** Held while the TLS handshake lasts, by whoever makes it. */
  private final ReentrantLock handshaking = new ReentrantLock();

  private volatile TransportSocket secured;

  /** What was set before the TLS handshake was done, or meanwhile; negative for nothing. */
  private volatile int readLimitMillis = -1;

  LayeredSslSocket(
      ManagedSocket tcp, TransportSocket connected, SSLSocketFactory tls, Endpoint endpoint)
      throws IOException {
    this.tcp = tcp;
    this.upgrade = new TlsUpgrade(connected, endpoint, tls);
  }

  boolean isOfTheJdk() {
    return upgrade.parameters().getClass().getName().startsWith("sun.security.ssl.");
  }

  /** The socket below. */
  @Override
  public ManagedSocket tcp() {
    return tcp;
  }

  /** The connection with its TLS; empty until the TLS handshake is done. */
  public Optional<TransportSocket> secured() {
    return Optional.ofNullable(secured);
  }

  @Override
  SSLSocket tls() {
    return upgrade.parameters();
  }

  @Override
  Socket data() {
    TransportSocket speaking = secured;
    return speaking != null ? speaking : tcp;
  }

  // ---- the TLS handshake ----

  /**
   * Makes the TLS handshake, within the read limit of the socket, which here is for all of it, else
   * within 10 seconds. Does nothing if it is done.
   *
   * @throws IOException why it failed; a {@link io.trunkline.failure.ConnectionFailure}
   */
  @Override
  public void startHandshake() throws IOException {
    handshaking.lock();
    try {
      if (secured == null) {
        int before = tcp.getSoTimeout();
        TransportSocket speaking = upgrade.run(limit(before));
        // During the TLS handshake the socket below had what was left of its deadline.
        int wanted = readLimitMillis;
        speaking.setSoTimeout(wanted >= 0 ? wanted : before);
        secured = speaking;
      }
    } catch (IOException failed) {
      throw withCertificateAsCause(failed);
    } finally {
      handshaking.unlock();
    }
  }

  private static Deadline limit(int millis) {
    Duration limit = millis == 0 ? WITHOUT_READ_LIMIT : Duration.ofMillis(millis);
    return Deadline.after(Ticker.SYSTEM, limit);
  }

  /**
   * Clients look whether the cause is a CertificateException, as it is with JSSE, before they try
   * again.
   */
  private static IOException withCertificateAsCause(IOException failed) {
    FailureDetails details = Failures.find(failed).map(each -> each.details()).orElse(null);
    for (Throwable cause = failed.getCause(); cause != null; cause = cause.getCause()) {
      if (details != null && cause instanceof CertificateException) {
        IOException direct = Failures.exception(details, cause);
        direct.addSuppressed(failed);
        return direct;
      }
    }
    return failed;
  }

  /** Makes the TLS handshake if it is not done, as JSSE does. */
  @Override
  public SSLSession getSession() {
    try {
      startHandshake();
    } catch (IOException failed) {
      // Then it is the session without a peer: SSLSocket says so.
    }
    return upgrade.parameters().getSession();
  }

  @Override
  public InputStream getInputStream() throws IOException {
    startHandshake();
    return data().getInputStream();
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    startHandshake();
    return data().getOutputStream();
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    tls().addHandshakeCompletedListener(listener);
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    tls().removeHandshakeCompletedListener(listener);
  }

  // ---- limits ----

  @Override
  public void setSoTimeout(int millis) throws SocketException {
    TransportSocket speaking = secured;
    if (speaking == null) {
      tcp.setSoTimeout(millis);
      readLimitMillis = tcp.readLimit(millis);
    } else {
      speaking.setSoTimeout(tcp.readLimit(millis));
    }
  }

  @Override
  public int getSoTimeout() throws SocketException {
    return data().getSoTimeout();
  }

  // ---- states ----

  @Override
  public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    throw new SocketException("already connected");
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isClosed() {
    return data().isClosed() || tcp.isClosed();
  }

  /** Never blocks. A writer that is stuck is cut off; otherwise a close_notify is sent. */
  @Override
  public void close() throws IOException {
    tcp.closing();
    TransportSocket speaking = secured;
    if (speaking != null) {
      speaking.close();
    }
    tcp.close();
  }

  @Override
  public String toString() {
    return "TLS over " + tcp;
  }
}
