package io.trunkline.connect;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A handshake without cryptography, for what a dial does around it: the server says {@code S}, or
 * something else, which is a failure.
 */
final class LetterTls implements TlsLayer {
  final AtomicInteger begun = new AtomicInteger();
  private final Duration timeout;

  LetterTls(Duration timeout) {
    this.timeout = timeout;
  }

  @Override
  public Duration timeout() {
    return timeout;
  }

  @Override
  public Handshake begin(TransportSocket connected, Endpoint endpoint) {
    begun.incrementAndGet();
    return until -> run(connected, endpoint, until);
  }

  private static Optional<TransportSocket> run(
      TransportSocket socket, Endpoint endpoint, Deadline until) throws IOException {
    long millis = TimeUnit.NANOSECONDS.toMillis(until.remainingNanos() + 999_999);
    socket.setSoTimeout((int) Math.max(1, Math.min(Integer.MAX_VALUE, millis)));
    try {
      int letter = socket.getInputStream().read();
      if (letter == 'S') {
        return Optional.of(socket);
      }
      throw Failures.exception(
          FailureDetails.of(FailureKind.TLS_FAILED, FailurePhase.TLS_HANDSHAKE)
              .withEndpoint(endpoint)
              .withNote("the server said " + letter));
    } catch (SocketTimeoutException timeIsOver) {
      return Optional.empty();
    }
  }
}
