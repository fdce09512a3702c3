package io.trunkline;

import io.trunkline.transport.tls.HostCheck;
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
 * An SSLSocket that passes no byte before the name of its peer was checked, whatever the trust
 * manager of its context did. Only SSLParameters without an algorithm leave the check out.
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

  /** Closes the socket if it fails, as JSSE does. */
  @Override
  public void startHandshake() throws IOException {
    boolean done = false;
    handshaking.lock();
    try {
      ssl.startHandshake();
      if (ssl.getUseClientMode()) {
        HostCheck.check(ssl);
      }
      checked = true;
      done = true;
    } finally {
      handshaking.unlock();
      if (!done) {
        closeQuietly();
      }
    }
  }

  private void closeQuietly() {
    try {
      ssl.close();
    } catch (IOException ignored) {
      // It is closed, whatever it says; the failure of the handshake is what counts.
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

  // ---- transfer: streams of their own, for those below may begin the handshake at once ----

  @Override
  public InputStream getInputStream() throws IOException {
    return isClosed() ? ssl.getInputStream() : new Input(); // the former says why it cannot be had
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return isClosed() ? ssl.getOutputStream() : new Output();
  }

  private final class Input extends InputStream {
    private volatile InputStream checkedInput;

    private InputStream in() throws IOException {
      InputStream in = checkedInput;
      if (in == null) {
        handshakeOnce();
        in = ssl.getInputStream();
        checkedInput = in;
      }
      return in;
    }

    @Override
    public int read() throws IOException {
      return in().read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return in().read(target, offset, length);
    }

    @Override
    public long skip(long count) throws IOException {
      return in().skip(count);
    }

    @Override
    public int available() throws IOException {
      return checked ? in().available() : 0;
    }

    @Override
    public void close() throws IOException {
      ssl.close();
    }
  }

  private final class Output extends OutputStream {
    private volatile OutputStream checkedOutput;

    private OutputStream out() throws IOException {
      OutputStream out = checkedOutput;
      if (out == null) {
        handshakeOnce();
        out = ssl.getOutputStream();
        checkedOutput = out;
      }
      return out;
    }

    @Override
    public void write(int octet) throws IOException {
      out().write(octet);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      out().write(source, offset, length);
    }

    @Override
    public void flush() throws IOException {
      if (checked) {
        out().flush();
      }
    }

    @Override
    public void close() throws IOException {
      ssl.close();
    }
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
