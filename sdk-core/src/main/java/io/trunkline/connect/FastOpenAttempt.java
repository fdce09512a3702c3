package io.trunkline.connect;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.transport.TransportOptions;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Fast Open in one attempt to connect: asks for it, and sees to it that the outcome is kept. */
final class FastOpenAttempt {
  /** Without Fast Open. */
  static final FastOpenAttempt NONE = new FastOpenAttempt(null, null);

  private static final Duration SYN_REPEATED_AFTER = Duration.ofSeconds(1);

  private final FastOpenMemory memory;
  private final InetSocketAddress address;

  /**
   * @param memory null to do nothing
   */
  FastOpenAttempt(FastOpenMemory memory, InetSocketAddress address) {
    this.memory = memory;
    this.address = address;
  }

  /** Before the connect. */
  void ask(TransportSocket socket) throws IOException {
    if (memory != null) {
      socket.setOption(TransportOptions.TCP_FASTOPEN_CONNECT, true);
    }
  }

  /**
   * The handshake succeeded, or is left to the first write.
   *
   * @param limitNanos how long it may take in the latter case, from that write on
   */
  void connected(TransportSocket socket, long limitNanos) {
    if (memory == null) {
      return;
    }
    if (socket.awaitsFirstFlight()) {
      socket.limitFirstFlight(limitNanos);
      socket.onFirstFlight(
          (elapsedNanos, failure) -> failure.ifPresentOrElse(this::failed, () -> answered(socket)));
    } else {
      answered(socket);
    }
  }

  private void answered(TransportSocket socket) {
    socket.tcpInfo().ifPresent(this::judge);
  }

  private void judge(TcpInfo info) {
    if (info.fastOpen() == FastOpenOutcome.ACCEPTED) {
      memory.succeeded(address);
    } else if (info.totalRetransmits() > 0) {
      // Its data was not taken, or the SYN that carried the option was lost: somewhere on the way
      // something may dislike it.
      memory.failed(address);
    }
  }

  /** Not only a caller who had no time: a SYN without an answer is repeated after a second. */
  private static boolean isSilence(IOException failure) {
    return !(failure instanceof ConnectionFailure known)
        || known.errno() != Errno.NONE
        || known.elapsed().compareTo(SYN_REPEATED_AFTER) >= 0;
  }

  /**
   * The attempt failed; what came after the handshake is no matter of Fast Open. Any answer counts
   * that is not of this host: what dislikes Fast Open may drop, reject or reset, and the next dial
   * shall not run into it again.
   */
  void failed(IOException failure) {
    if (memory == null
        || (failure instanceof ConnectionFailure known && known.phase() != FailurePhase.CONNECT)) {
      return;
    }
    switch (FailureClassifier.ofException(failure, FailurePhase.CONNECT)) {
      case TIMED_OUT -> {
        if (isSilence(failure)) {
          memory.failed(address);
        }
      }
      case REFUSED, RESET, PEER_CLOSED, HOST_UNREACHABLE, NETWORK_UNREACHABLE, DENIED ->
          memory.failed(address);
      default -> {
        // Closed, interrupted, or for want of something here: it says nothing of the way.
      }
    }
  }
}
