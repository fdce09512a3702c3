package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;

/** A server that resets a stream of HTTP/2 and closes at once, as one that is shut down. */
class StreamResetTest extends Fixture {
  private static final int PREFACE = 24;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int REFUSED_STREAM = 7;
  private static final int ROUNDS = 5;

  @Test
  void itsCodeIsWhatCountsEvenIfTheConnectionEndsAfterIt() throws Exception {
    ServerSocket listener = closing(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    start(() -> serve(listener));
    OkHttpClient client =
        client(
            each ->
                speaking(Protocol.H2_PRIOR_KNOWLEDGE).apply(each).retryOnConnectionFailure(false));
    int resets = 0;
    for (int i = 0; i < 10 * ROUNDS && resets < ROUNDS; i++) {
      IOException failure =
          failureOf(() -> get(client, "http://localhost:" + listener.getLocalPort() + "/"));
      // If the end comes while OkHttp still takes its settings in, that is what it says.
      if (failure.getMessage() != null && failure.getMessage().contains("REFUSED_STREAM")) {
        assertThat(found(failure).kind()).isEqualTo(FailureKind.OTHER);
        resets++;
      }
    }
    assertThat(resets).isEqualTo(ROUNDS);
  }

  private static Void serve(ServerSocket listener) throws IOException {
    while (true) {
      try (Socket socket = listener.accept()) {
        resetAndClose(socket);
      } catch (IOException gone) {
        if (listener.isClosed()) {
          return null;
        }
      }
    }
  }

  private static void resetAndClose(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    OutputStream out = socket.getOutputStream();
    in.readFully(new byte[PREFACE]);
    out.write(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
    while (true) {
      int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      in.readUnsignedByte();
      int stream = in.readInt();
      in.readFully(new byte[length]);
      if (type == HEADERS) {
        out.write(
            new byte[] {0, 0, 4, RST_STREAM, 0, 0, 0, 0, (byte) stream, 0, 0, 0, REFUSED_STREAM});
        return;
      }
    }
  }
}
