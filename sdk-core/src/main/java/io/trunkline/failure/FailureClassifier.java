package io.trunkline.failure;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/**
 * The one place that turns a cause into a kind: from errno where the kernel told it, from exception
 * types where only the JDK spoke. Never from the text of a message.
 */
public final class FailureClassifier {
  private FailureClassifier() {}

  /**
   * The kind that an errno means in a phase; {@link FailureKind#OTHER} for one without a meaning
   * here.
   */
  public static FailureKind ofErrno(int errno, FailurePhase phase) {
    return switch (errno) {
      case Errno.ECONNREFUSED -> FailureKind.REFUSED;
      case Errno.ETIMEDOUT -> FailureKind.TIMED_OUT;
      case Errno.EHOSTUNREACH, Errno.EHOSTDOWN -> FailureKind.HOST_UNREACHABLE;
      case Errno.ENETUNREACH, Errno.ENETDOWN -> FailureKind.NETWORK_UNREACHABLE;
      case Errno.ECONNRESET -> FailureKind.RESET;
      // The peer had closed, and answered what came after with a RST (tcp_reset in CLOSE_WAIT).
      case Errno.EPIPE -> FailureKind.PEER_CLOSED;
      case Errno.EMFILE, Errno.ENFILE -> FailureKind.DESCRIPTORS_EXHAUSTED;
      case Errno.ENOBUFS, Errno.ENOMEM -> FailureKind.OUT_OF_BUFFERS;
      case Errno.EACCES, Errno.EPERM -> FailureKind.DENIED;
      case Errno.EADDRNOTAVAIL, Errno.EADDRINUSE, Errno.EAFNOSUPPORT ->
          FailureKind.ADDRESS_UNUSABLE;
      // connect(2) to a link-local IPv6 address without a scope.
      case Errno.EINVAL ->
          phase == FailurePhase.CONNECT ? FailureKind.ADDRESS_UNUSABLE : FailureKind.OTHER;
      default -> FailureKind.OTHER;
    };
  }

  /**
   * The kind of an errno of a call that has nothing to do with a peer, such as socket(2),
   * setsockopt(2) and epoll_ctl(2): what elsewhere tells of one is {@link FailureKind#OTHER}.
   */
  public static FailureKind ofLocalErrno(int errno) {
    return switch (errno) {
      case Errno.EMFILE, Errno.ENFILE -> FailureKind.DESCRIPTORS_EXHAUSTED;
      case Errno.ENOBUFS, Errno.ENOMEM -> FailureKind.OUT_OF_BUFFERS;
      case Errno.EACCES, Errno.EPERM -> FailureKind.DENIED;
      case Errno.EAFNOSUPPORT -> FailureKind.ADDRESS_UNUSABLE;
      default -> FailureKind.OTHER;
    };
  }

  /**
   * EADDRNOTAVAIL from connect(2) has two meanings. A UDP socket connected to the same address,
   * which sends nothing, tells them apart: where it finds a source address, what TCP lacked was a
   * port.
   */
  public static FailureKind ofNoAddress(boolean sourceAddressExists) {
    return sourceAddressExists ? FailureKind.LOCAL_PORTS_EXHAUSTED : FailureKind.ADDRESS_UNUSABLE;
  }

  /**
   * Best effort for the jdk transport, whose exceptions carry no errno. A kernel ETIMEDOUT while
   * connecting looks like a refusal there, and any fatal error of an established connection like a
   * reset. Where types say nothing, as with unreachable networks and used-up descriptors, it is
   * {@link FailureKind#OTHER} with the exception as cause.
   */
  public static FailureKind ofException(IOException thrown, FailurePhase phase) {
    if (thrown instanceof ConnectionFailure failure) {
      return failure.kind();
    }
    if (thrown instanceof UnknownHostException) {
      return FailureKind.RESOLUTION_FAILED;
    }
    if (thrown instanceof SocketTimeoutException) {
      return switch (phase) {
        case READ -> FailureKind.READ_TIMED_OUT;
        case WRITE -> FailureKind.WRITE_TIMED_OUT;
        default -> FailureKind.TIMED_OUT;
      };
    }
    if (thrown instanceof NoRouteToHostException) {
      return FailureKind.HOST_UNREACHABLE;
    }
    if (thrown instanceof ConnectException) {
      return FailureKind.REFUSED;
    }
    if (thrown instanceof SocketException
        && (phase == FailurePhase.READ || phase == FailurePhase.WRITE)) {
      return FailureKind.RESET;
    }
    return FailureKind.OTHER;
  }
}
