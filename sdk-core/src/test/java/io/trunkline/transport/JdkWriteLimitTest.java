package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.EchoServer;
import io.trunkline.time.Housekeeper;
import io.trunkline.transport.jdk.JdkTransport;
import org.junit.jupiter.api.Test;

/** The limit of a write on the jdk transport, which closes the socket, against its end. */
class JdkWriteLimitTest {
  /** As a thread does that has taken up the work just before it is cancelled. */
  private static final Housekeeper AT_THE_LAST_MOMENT = (delayNanos, work) -> work;

  @Test
  void aWriteThatEndedInTimeKeepsItsConnectionThoughTheLimitPassesInTheSameMoment()
      throws Exception {
    try (EchoServer server = new EchoServer();
        TransportSocket socket = new JdkTransport("a test", AT_THE_LAST_MOMENT).open()) {
      socket.setWriteTimeout(100);
      socket.connect(server.address(), 5_000);
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(new byte[] {1, 2, 3});
      assertThat(socket.isClosed()).isFalse();
      assertThat(socket.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
    }
  }
}
