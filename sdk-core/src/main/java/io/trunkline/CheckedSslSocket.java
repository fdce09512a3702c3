package io.trunkline;

import io.trunkline.transport.tls.HostCheck;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * An SSLSocket of JSSE that passes no byte before the name of its peer was checked, whatever the
 * trust manager of its context did. Only SSLParameters without an algorithm leave the check out.
 */
@SuppressWarnings(
    "UnsynchronizedOverridesSynchronized") // Socket locks itself; this class needs none there
final class CheckedSslSocket extends DelegatingSslSocket {
  private final SSLSocket ssl;

  /** One handshake at a time, as in JSSE; held over I/O that the limits of the socket end. */
  private final ReentrantLock handshaking = new ReentrantLock();

  private volatile boolean checked;

  CheckedSslSocket(SSLSocket ssl) {
    this.ssl = ssl;
  }

  @Override
  Socket tcp() {
    return ssl;
  }

  @Override
  SSLSocket tls() {
    return ssl;
  }

  @Override
  Socket data() {
    return ssl;
  }

  // ---- the check ----

  @Override
  public void startHandshake() throws IOException {
    handshaking.lock();
    try {
      ssl.startHandshake();
      check();
    } finally {
      handshaking.unlock();
    }
  }

  /** JSSE would take a second call for the wish to have new keys. */
  private void handshakeOnce() throws IOException {
    if (checked) {
      return;
    }
    handshaking.lock();
    try {
      if (!checked) {
        startHandshake();
      }
    } finally {
      handshaking.unlock();
    }
  }

  /** Makes the TLS handshake as JSSE does it here, and as there a failure is not thrown. */
  @Override
  public SSLSession getSession() {
    try {
      handshakeOnce();
    } catch (IOException failed) {
      // The session that is returned is not valid, and the next use of a stream fails.
    }
    return ssl.getSession();
  }

  /** Under the lock. */
  private void check() throws IOException {
    if (ssl.getUseClientMode()) {
      boolean done = false;
      try {
        HostCheck.check(ssl);
        done = true;
      } finally {
        if (!done) {
          ssl.close();
        }
      }
    }
    checked = true;
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(ssl.getInputStream()) {
      @Override
      public int read() throws IOException {
        handshakeOnce();
        return in.read();
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        handshakeOnce();
        return in.read(target, offset, length);
      }

      @Override
      public long skip(long count) throws IOException {
        handshakeOnce();
        return in.skip(count);
      }
    };
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(ssl.getOutputStream()) {
      @Override
      public void write(int octet) throws IOException {
        handshakeOnce();
        out.write(octet);
      }

      @Override
      public void write(byte[] source, int offset, int length) throws IOException {
        handshakeOnce();
        out.write(source, offset, length);
      }

      @Override
      public void close() throws IOException {
        out.close(); // which flushes; a failed handshake is not tried again
      }
    };
  }

  // ---- the rest ----

  @Override
  public void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    throw new SocketException("already connected");
  }

  @Override
  public boolean isConnected() {
    return ssl.isConnected();
  }

  @Override
  public boolean isClosed() {
    return ssl.isClosed();
  }

  @Override
  public void close() throws IOException {
    ssl.close();
  }

  @Override
  public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
    ssl.addHandshakeCompletedListener(listener);
  }

  @Override
  public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
    ssl.removeHandshakeCompletedListener(listener);
  }

  @Override
  public String toString() {
    return ssl.toString();
  }
}
