package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.net.Endpoint;
import io.trunkline.testing.FakeTime;
import io.trunkline.transport.IdleState;
import io.trunkline.transport.ScriptedTransport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a provider of TLS throws that it should not: anybody's may be behind the settings. */
class TlsDefectTest {
  private static final IllegalStateException DEFECT = new IllegalStateException("no close_notify");

  private TransportSocket raw;
  private TlsSocket socket;

  @BeforeEach
  void connect() throws IOException {
    raw = new ScriptedTransport(new FakeTime()).open();
    RawInput in = new RawInput(raw);
    RawOutput out = new RawOutput(raw);
    RawView view = new RawView(raw, in, out);
    TlsFailures failures = new TlsFailures(raw, Endpoint.tls("localhost", 1), in, out);
    socket = new TlsSocket(raw, new Broken(), view, in, out, failures);
  }

  @Test
  void theSocketBelowIsClosedWhateverTheGoodbyeThrows() {
    assertThatThrownBy(socket::close).isSameAs(DEFECT);
    assertThat(raw.isClosed()).isTrue();
    socket.close(); // nothing is left to be closed
  }

  @Test
  void aConnectionThatCannotBeLookedAtIsNotLeasedAgain() {
    assertThat(socket.checkIdle(0)).isEqualTo(IdleState.PEER_CLOSED);
  }

  /** The socket of such a provider: it fails to look and to say goodbye. */
  private static final class Broken extends SSLSocket {
    @Override
    public InputStream getInputStream() {
      return new InputStream() {
        @Override
        public int available() {
          throw DEFECT;
        }

        @Override
        public int read() {
          throw DEFECT;
        }
      };
    }

    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public void shutdownOutput() {
      throw DEFECT;
    }

    @Override
    public String[] getSupportedCipherSuites() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String[] getEnabledCipherSuites() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String[] getSupportedProtocols() {
      throw new UnsupportedOperationException();
    }

    @Override
    public String[] getEnabledProtocols() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SSLSession getSession() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void startHandshake() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setUseClientMode(boolean mode) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean getUseClientMode() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean getNeedClientAuth() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setWantClientAuth(boolean want) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean getWantClientAuth() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean getEnableSessionCreation() {
      throw new UnsupportedOperationException();
    }
  }
}
