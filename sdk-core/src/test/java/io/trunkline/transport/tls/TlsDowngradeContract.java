package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.testing.ScriptedServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** Servers, or who stands before them, that would have an older version than both could speak. */
abstract class TlsDowngradeContract extends TlsContractTest {
  private static final short TLS_1_1 = 0x0302;
  private static final short TLS_1_2 = 0x0303;
  private static final byte[] NOTHING = {};

  /** RFC 8446, section 4.1.3: the end of the random of who could speak 1.3, and speaks 1.2. */
  private static final byte[] COULD_SPEAK_1_3 = "DOWNGRD\u0001".getBytes(StandardCharsets.US_ASCII);

  /** Answers each ClientHello with this ServerHello, and no more. */
  private ConnectionFailure failureOn(short version, byte[] endOfRandom) throws IOException {
    ScriptedServer server =
        closing(
            ScriptedServer.plain(
                socket -> {
                  socket.getInputStream().read(new byte[8_192]);
                  socket.getOutputStream().write(serverHello(version, endOfRandom));
                  socket.getInputStream().readAllBytes();
                }));
    return handshakeFailure(settings(), server.address(), "localhost");
  }

  /** RFC 5246, section 7.4.1.3, with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 and no extension. */
  private static byte[] serverHello(short version, byte[] endOfRandom) {
    ByteBuffer record = ByteBuffer.allocate(5 + 4 + 38);
    record.put((byte) 22).putShort(TLS_1_2).putShort((short) 42);
    record.put((byte) 2).put((byte) 0).putShort((short) 38);
    record.putShort(version);
    for (int i = 0; i < 32 - endOfRandom.length; i++) {
      record.put((byte) (i + 1));
    }
    record.put(endOfRandom);
    record.put((byte) 0).putShort((short) 0xC02F).put((byte) 0);
    assertThat(record.hasRemaining()).isFalse();
    return record.array();
  }

  @Test
  void versionThatWasNotOfferedIsRefused() throws Exception {
    ConnectionFailure failure = failureOn(TLS_1_1, NOTHING);
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat(failure).isInstanceOf(SSLHandshakeException.class);
  }

  @Test
  void serverThatCouldSpeakANewerVersionIsRefused() throws Exception {
    ConnectionFailure failure = failureOn(TLS_1_2, COULD_SPEAK_1_3);
    assertThat(failure.kind()).isEqualTo(FailureKind.TLS_FAILED);
    assertThat((Throwable) failure).hasMessageContaining("downgrade");
  }

  /** So it is the random that refuses the one above, not the rest of the ServerHello. */
  @Test
  void withoutThatSignTheHandshakeGoesOnUntilNothingComes() throws Exception {
    ScriptedServer server =
        closing(
            ScriptedServer.plain(
                socket -> {
                  socket.getInputStream().read(new byte[8_192]);
                  socket.getOutputStream().write(serverHello(TLS_1_2, NOTHING));
                }));
    ConnectionFailure failure = handshakeFailure(settings(), server.address(), "localhost");
    assertThat(failure.kind()).isEqualTo(FailureKind.PEER_CLOSED);
  }
}
