package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureClassifier;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TcpState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** What one native socket says of its failures, and the errno that it has to remember. */
final class SocketFailures {
  private final JniSocket socket;

  /** The first errno that ended the connection: the kernel tells it once. */
  private volatile int latchedErrno;

  /** How a handshake in the first write failed; null if it did not. */
  private volatile FailureDetails diedConnecting;

  SocketFailures(JniSocket socket) {
    this.socket = socket;
  }

  // ---- connecting ----

  /** From socket(2). */
  SocketException noSocket(int errno, long start) {
    return local(ofErrno(errno, FailurePhase.CONNECT).withElapsedNanos(since(start)));
  }

  /** From getsockopt(2) or setsockopt(2). */
  SocketException optionFailed(String name, int errno) {
    FailurePhase phase = bytesSent() ? FailurePhase.WRITE : FailurePhase.CONNECT;
    return local(
        ofErrno(errno, phase).withRequestBytesSent(bytesSent()).withNote("option " + name));
  }

  /** Each kind that it can be is a SocketException. */
  private static SocketException local(FailureDetails details) {
    FailureKind kind = FailureClassifier.ofLocalErrno(details.errno());
    return (SocketException) Failures.exception(details.withKind(kind));
  }

  IOException bindFailed(int errno, InetSocketAddress local) {
    return Failures.exception(
        ofErrno(errno, FailurePhase.CONNECT)
            .withAddress(local)
            .withNote("binding the local address"));
  }

  IOException connectFailed(int errno, long start) {
    return Failures.exception(connectDetails(errno, start));
  }

  FailureDetails connectDetails(int errno, long start) {
    FailureDetails details =
        ofErrno(errno, FailurePhase.CONNECT)
            .withElapsedNanos(since(start))
            .withUnansweredSyns(errno == Errno.ETIMEDOUT ? unansweredSyns() : 0);
    if (errno == Errno.EADDRNOTAVAIL) {
      details = details.withKind(FailureClassifier.ofNoAddress(sourceAddressExists()));
    }
    return details;
  }

  private boolean sourceAddressExists() {
    InetAddress ip = socket.remote().getAddress();
    return NativeCalls.sourceAddressCheck(
            ip.getAddress(), JniSocketContract.scope(ip), socket.remote().getPort())
        == 0;
  }

  FailureDetails handshakeTimedOut(long start) {
    return of(FailureKind.TIMED_OUT, FailurePhase.CONNECT)
        .withElapsedNanos(since(start))
        .withUnansweredSyns(unansweredSyns());
  }

  /** The first SYN and its repetitions; none is answered while the handshake lasts. */
  private int unansweredSyns() {
    return socket
        .tcpInfo()
        .filter(info -> info.state() == TcpState.SYN_SENT || info.state() == TcpState.CLOSE)
        .map(info -> (int) info.totalRetransmits() + 1)
        .orElse(FailureDetails.UNKNOWN);
  }

  // ---- a handshake that was left to the first write ----

  FailureDetails handshakeInterrupted(long start) {
    return of(FailureKind.INTERRUPTED, FailurePhase.CONNECT).withElapsedNanos(since(start));
  }

  /** Closed, or half closed, by this side. */
  FailureDetails handshakeCancelled(long start) {
    return of(FailureKind.CLOSED, FailurePhase.CONNECT).withElapsedNanos(since(start));
  }

  /** The peer cannot speak first where the handshake waits for a write. */
  IOException nothingWritten(FailurePhase phase) {
    return Failures.exception(
        of(FailureKind.OTHER, phase)
            .withNote(
                "with TCP Fast Open the connection opens at its first write, and nothing was"
                    + " written yet: where the server speaks first, set connect.fast-open to OFF"
                    + " for this endpoint"));
  }

  /** From now on every operation is told of this, not of the close that followed. */
  void diedConnecting(FailureDetails details) {
    diedConnecting = details;
  }

  // ---- established ----

  /** An errno of an established connection. It is kept for who asks next. */
  IOException fatal(int errno, FailurePhase phase, long start) {
    if (latchedErrno == 0) {
      latchedErrno = errno;
    }
    return Failures.exception(
        ofErrno(errno, phase).withElapsedNanos(since(start)).withRequestBytesSent(bytesSent()));
  }

  /**
   * After the kernel told an error, it tells a clean end of the stream to who reads, and EPIPE to
   * who writes: that is not what happened.
   */
  void throwLatchedFailure(FailurePhase phase, long start) throws IOException {
    if (latchedErrno != 0) {
      throw fatal(latchedErrno, phase, start);
    }
  }

  IOException limitPassed(FailurePhase phase, long start, int transferred) {
    FailureKind kind =
        phase == FailurePhase.READ ? FailureKind.READ_TIMED_OUT : FailureKind.WRITE_TIMED_OUT;
    IOException failure =
        Failures.exception(
            of(kind, phase).withElapsedNanos(since(start)).withRequestBytesSent(bytesSent()));
    ((SocketTimeoutException) failure).bytesTransferred = transferred;
    return failure;
  }

  IOException closed(FailurePhase phase) {
    FailureDetails died = diedConnecting;
    if (died != null) {
      return Failures.exception(died);
    }
    return Failures.exception(of(FailureKind.CLOSED, phase).withRequestBytesSent(bytesSent()));
  }

  /** A virtual thread that is interrupted while it waits closes its socket, as in the JDK. */
  IOException closedByInterrupt(FailurePhase phase) {
    socket.close();
    return Failures.exception(
        of(FailureKind.CLOSED, phase)
            .withRequestBytesSent(bytesSent())
            .withNote("the virtual thread was interrupted"));
  }

  // ---- what they have in common ----

  private FailureDetails of(FailureKind kind, FailurePhase phase) {
    return about(FailureDetails.of(kind, phase));
  }

  private FailureDetails ofErrno(int errno, FailurePhase phase) {
    return about(FailureDetails.ofErrno(errno, phase));
  }

  private FailureDetails about(FailureDetails details) {
    return details.withEndpoint(socket.endpoint().orElse(null)).withAddress(socket.remote());
  }

  private boolean bytesSent() {
    return socket.bytesWritten() > 0;
  }

  private static long since(long start) {
    return System.nanoTime() - start;
  }
}
