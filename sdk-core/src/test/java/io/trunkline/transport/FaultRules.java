package io.trunkline.transport;

import static io.trunkline.failure.FailureKind.ADDRESS_UNUSABLE;
import static io.trunkline.failure.FailureKind.DENIED;
import static io.trunkline.failure.FailureKind.DESCRIPTORS_EXHAUSTED;
import static io.trunkline.failure.FailureKind.HOST_UNREACHABLE;
import static io.trunkline.failure.FailureKind.LOCAL_PORTS_EXHAUSTED;
import static io.trunkline.failure.FailureKind.NETWORK_UNREACHABLE;
import static io.trunkline.failure.FailureKind.OTHER;
import static io.trunkline.failure.FailureKind.OUT_OF_BUFFERS;
import static io.trunkline.failure.FailureKind.PEER_CLOSED;
import static io.trunkline.failure.FailureKind.REFUSED;
import static io.trunkline.failure.FailureKind.RESET;
import static io.trunkline.failure.FailureKind.TIMED_OUT;

import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What has to come of a system call that fails, told apart from how it is made to. */
final class FaultRules {
  /** Every errno that the calls of the library are documented with, and more. */
  static final List<Integer> ERRORS =
      List.of(
          Errno.EPERM,
          Errno.EINTR,
          Errno.EIO,
          Errno.EBADF,
          Errno.EAGAIN,
          Errno.ENOMEM,
          Errno.EACCES,
          Errno.EFAULT,
          Errno.EINVAL,
          Errno.ENFILE,
          Errno.EMFILE,
          Errno.ENOSPC,
          Errno.EPIPE,
          Errno.EPROTO,
          Errno.ENOPROTOOPT,
          Errno.EPROTONOSUPPORT,
          Errno.EOPNOTSUPP,
          Errno.EAFNOSUPPORT,
          Errno.EADDRINUSE,
          Errno.EADDRNOTAVAIL,
          Errno.ENETDOWN,
          Errno.ENETUNREACH,
          Errno.ENETRESET,
          Errno.ECONNABORTED,
          Errno.ECONNRESET,
          Errno.ENOBUFS,
          Errno.EISCONN,
          Errno.ENOTCONN,
          Errno.ETIMEDOUT,
          Errno.ECONNREFUSED,
          Errno.EHOSTDOWN,
          Errno.EHOSTUNREACH,
          Errno.EALREADY,
          Errno.EINPROGRESS);

  /** The step gives back what it does without a fault. */
  private static final String SAME = "same";

  private static final Set<Integer> ANY = Set.of();
  private static final Set<Integer> NOT_NOW =
      Set.of(Errno.EINTR, Errno.EAGAIN, Errno.EALREADY, Errno.EINPROGRESS);
  private static final Set<Integer> UNDER_WAY =
      Set.of(Errno.EINTR, Errno.EALREADY, Errno.EINPROGRESS);

  /**
   * An error that is not passed on.
   *
   * @param scenario which, the empty string for all
   * @param nth which of the calls of that name counted from 0, negative from the last
   */
  private record Rule(String scenario, String call, int nth, Set<Integer> errors, String result) {
    boolean fits(Fault fault) {
      return (scenario.isEmpty() || scenario.equals(fault.scenario()))
          && call.equals(fault.call())
          && (nth == ALL || nth == fault.nth() || nth == fault.nth() - fault.of())
          && (errors.isEmpty() || errors.contains(fault.error()));
    }
  }

  private static final int ALL = Integer.MIN_VALUE;

  private static final List<Rule> RULES =
      List.of(
          // A signal begins no wait anew and ends none; "not now" is waited for.
          new Rule("", "connect", ALL, UNDER_WAY, SAME),
          new Rule("", "ppoll", ALL, Set.of(Errno.EINTR), SAME),
          new Rule("", "poll", ALL, Set.of(Errno.EINTR), SAME),
          new Rule("read nothing", "ppoll", ALL, Set.of(Errno.EAGAIN), SAME),
          new Rule("", "recv", ALL, NOT_NOW, SAME),
          new Rule("urgent byte", "send", ALL, Set.of(Errno.EAGAIN), "0 WRITE_TIMED_OUT WRITE"),
          new Rule("urgent byte", "send", ALL, UNDER_WAY, ""), // passed on: it never waits
          new Rule("", "send", ALL, NOT_NOW, SAME),
          // The number is free, whatever close(2) says.
          new Rule("", "close", ALL, ANY, SAME),
          // Who waits for several asks each of them then.
          new Rule("race", "ppoll", -1, ANY, SAME),
          // The limit is kept without the help of the kernel.
          new Rule("read with a limit", "setsockopt", ALL, ANY, SAME),
          new Rule("write with a limit", "setsockopt", ALL, ANY, SAME),
          new Rule("manager", "setsockopt", -1, ANY, SAME),
          new Rule("connect with options", "setsockopt", -1, ANY, SAME),
          // Without it the port is chosen at the bind, as of old.
          new Rule("bind", "setsockopt", ALL, Set.of(Errno.ENOPROTOOPT), SAME),
          // Nobody is told of a name or of TCP_INFO that cannot be had.
          new Rule("local name", "getsockname", ALL, ANY, "0.0.0.0"),
          new Rule("close", "getsockname", ALL, ANY, SAME),
          new Rule("TCP_INFO", "getsockopt", ALL, ANY, "false"),
          new Rule("manager", "getsockopt", ALL, ANY, SAME),
          // A connection that cannot be vouched for is not leased again.
          new Rule("idle check", "poll", ALL, ANY, "PEER_CLOSED"),
          new Rule("manager", "poll", -1, ANY, SAME), // the first is of the connect
          new Rule("manager", "poll", -2, ANY, SAME),
          // Without the watch the check at lease time still finds a dead peer.
          new Rule("watch", "epoll_create1", ALL, ANY, SAME),
          new Rule("watch", "eventfd", ALL, ANY, SAME),
          new Rule("watch", "epoll_ctl", ALL, ANY, SAME),
          new Rule("manager", "epoll_create1", ALL, ANY, SAME),
          new Rule("manager", "eventfd", ALL, ANY, SAME),
          new Rule("manager", "epoll_ctl", ALL, ANY, SAME),
          // It has ended by itself.
          new Rule("", "shutdown", ALL, Set.of(Errno.ENOTCONN), SAME));

  /**
   * One call of one step that failed.
   *
   * @param nth which of the calls of this name it was
   * @param of how many of that name there are without a fault
   */
  record Fault(String scenario, FailurePhase phase, String call, int nth, int of, int error) {}

  private FaultRules() {}

  /** The result, or errno, kind and phase of the failure. */
  static String expected(Fault fault, String withoutFault) {
    Optional<Rule> rule = RULES.stream().filter(each -> each.fits(fault)).findFirst();
    if (rule.isPresent() && !rule.get().result().isEmpty()) {
      return rule.get().result().equals(SAME) ? withoutFault : rule.get().result();
    }
    FailurePhase phase =
        switch (fault.call()) {
          case "send" -> FailurePhase.WRITE;
          case "recv" -> FailurePhase.READ;
          default -> fault.phase();
        };
    return fault.error() + " " + kind(fault, phase) + " " + phase;
  }

  private static FailureKind kind(Fault fault, FailurePhase phase) {
    boolean option = fault.call().endsWith("sockopt") && !fault.scenario().equals("bind");
    boolean soError = fault.scenario().equals("connect refused");
    if (fault.call().equals("socket") || (option && !soError)) {
      return localKind(fault.error());
    }
    boolean connecting = phase == FailurePhase.CONNECT && !fault.scenario().equals("bind");
    return connecting && fault.error() == Errno.EADDRNOTAVAIL
        ? LOCAL_PORTS_EXHAUSTED // loopback has a source address
        : kind(fault.error(), phase);
  }

  /** Of a call that knows of no peer. */
  private static FailureKind localKind(int errno) {
    return switch (errno) {
      case Errno.EMFILE, Errno.ENFILE -> DESCRIPTORS_EXHAUSTED;
      case Errno.ENOBUFS, Errno.ENOMEM -> OUT_OF_BUFFERS;
      case Errno.EACCES, Errno.EPERM -> DENIED;
      case Errno.EAFNOSUPPORT -> ADDRESS_UNUSABLE;
      default -> OTHER;
    };
  }

  private static FailureKind kind(int errno, FailurePhase phase) {
    return switch (errno) {
      case Errno.ECONNREFUSED -> REFUSED;
      case Errno.ETIMEDOUT -> TIMED_OUT;
      case Errno.EHOSTUNREACH, Errno.EHOSTDOWN -> HOST_UNREACHABLE;
      case Errno.ENETUNREACH, Errno.ENETDOWN -> NETWORK_UNREACHABLE;
      case Errno.ECONNRESET -> RESET;
      case Errno.EPIPE -> PEER_CLOSED;
      case Errno.EADDRINUSE, Errno.EADDRNOTAVAIL -> ADDRESS_UNUSABLE;
      case Errno.EINVAL -> phase == FailurePhase.CONNECT ? ADDRESS_UNUSABLE : OTHER;
      default -> localKind(errno);
    };
  }
}
