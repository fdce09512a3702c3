package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.net.Endpoint;
import io.trunkline.testing.FakeTime;
import io.trunkline.transport.ScriptedTransport;
import io.trunkline.transport.TransportSocket;
import java.io.InputStream;
import java.io.OutputStream;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** What a provider of TLS throws that it should not: anybody's may be behind the settings. */
class TlsDefectTest {
  private static final IllegalStateException DEFECT = new IllegalStateException("no close_notify");

  @Test
  void theSocketBelowIsClosedWhateverTheGoodbyeThrows() throws Exception {
    TransportSocket raw = new ScriptedTransport(new FakeTime()).open();
    RawInput in = new RawInput(raw);
    RawOutput out = new RawOutput(raw);
    RawView view = new RawView(raw, in, out);
    TlsFailures failures = new TlsFailures(raw, Endpoint.tls("localhost", 1), in, out);
    TlsSocket socket = new TlsSocket(raw, new Broken(), view, in, out, failures);
    assertThatThrownBy(socket::close).isSameAs(DEFECT);
    assertThat(raw.isClosed()).isTrue();
    socket.close(); // nothing is left to be closed
  }

  /** The socket of such a provider: it fails to say goodbye. */
  private static final class Broken extends SSLSocket {
    @Override
    public InputStream getInputStream() {
      return InputStream.nullInputStream();
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
