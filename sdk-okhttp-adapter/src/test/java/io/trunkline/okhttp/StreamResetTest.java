package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.Callable;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;

/** A server that resets a stream of HTTP/2, and then keeps its connection or closes it. */
class StreamResetTest extends Fixture {
  private static final int PREFACE = 24;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int REFUSED_STREAM = 7;
  private static final int ROUNDS = 5;
  private static final int END_LIMIT_MILLIS = 10_000;

  @Test
  void ofAConnectionThatStaysItIsNoEndAndItsCodeIsTold() throws Exception {
    Callable<ConnectionFailure> call = callsToServer(true);
    for (int i = 0; i < ROUNDS; i++) {
      ConnectionFailure failure = call.call();

      assertThat(failure.kind()).isEqualTo(FailureKind.OTHER);
      assertThat(failure.details().note()).hasValue("stream was reset: REFUSED_STREAM");
    }
  }

  /** Whether OkHttp comes to the end before the caller has its answer is a matter of threads. */
  @Test
  void ofAConnectionThatEndsItsCodeIsToldAsWell() throws Exception {
    Callable<ConnectionFailure> call = callsToServer(false);
    int resets = 0;
    for (int i = 0; i < 10 * ROUNDS && resets < ROUNDS; i++) {
      ConnectionFailure failure = call.call();

      assertThat(failure.kind()).isIn(FailureKind.OTHER, FailureKind.PEER_CLOSED);
      // If the end comes while OkHttp still takes its settings in, that is what it says.
      if (failure.details().note().equals(Optional.of("stream was reset: REFUSED_STREAM"))) {
        resets++;
      }
    }
    assertThat(resets).isEqualTo(ROUNDS);
  }

  /** Each call of it is one to the server, and its failure. */
  private Callable<ConnectionFailure> callsToServer(boolean stays) throws IOException {
    ServerSocket listener = closing(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    start(() -> serve(listener, stays));
    OkHttpClient client =
        client(
            each ->
                speaking(Protocol.H2_PRIOR_KNOWLEDGE).apply(each).retryOnConnectionFailure(false));
    String url = "http://localhost:" + listener.getLocalPort() + "/";
    return () -> found(failureOf(() -> get(client, url)));
  }

  private static Void serve(ServerSocket listener, boolean stays) throws IOException {
    while (true) {
      try (Socket socket = listener.accept()) {
        reset(socket, stays);
      } catch (IOException gone) {
        if (listener.isClosed()) {
          return null;
        }
      }
    }
  }

  private static void reset(Socket socket, boolean stays) throws IOException {
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
        if (!stays) {
          // A close with the client's answer to the settings unread would be a reset.
          socket.shutdownOutput();
          socket.setSoTimeout(END_LIMIT_MILLIS);
          in.transferTo(OutputStream.nullOutputStream());
          return;
        }
      }
    }
  }
}
