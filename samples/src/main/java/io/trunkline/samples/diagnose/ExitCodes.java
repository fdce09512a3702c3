package io.trunkline.samples.diagnose;

import io.trunkline.failure.FailureKind;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The exit code of each kind of failure. They are written down here, and never change. */
final class ExitCodes {
  private static final int KINDS_IN_A_LINE = 2;

  private ExitCodes() {}

  static int of(FailureKind kind) {
    return switch (kind) {
      case RESOLUTION_FAILED -> 10;
      case REFUSED -> 11;
      case TIMED_OUT -> 12;
      case HOST_UNREACHABLE -> 13;
      case NETWORK_UNREACHABLE -> 14;
      case RESET -> 15;
      case PEER_CLOSED -> 16;
      case LOCAL_PORTS_EXHAUSTED -> 17;
      case DESCRIPTORS_EXHAUSTED -> 18;
      case OUT_OF_BUFFERS -> 19;
      case DENIED -> 20;
      case DENIED_BY_POLICY -> 21;
      case ADDRESS_UNUSABLE -> 22;
      case CERTIFICATE_EXPIRED -> 23;
      case CERTIFICATE_UNTRUSTED -> 24;
      case CERTIFICATE_NAME_MISMATCH -> 25;
      case TLS_PROTOCOL -> 26;
      case TLS_TRUNCATED -> 27;
      case TLS_FAILED -> 28;
      case READ_TIMED_OUT -> 29;
      case WRITE_TIMED_OUT -> 30;
      case ACQUIRE_TIMED_OUT -> 31;
      case QUEUE_FULL -> 32;
      case BREAKER_OPEN -> 33;
      case INTERRUPTED -> 34;
      case CLOSED -> 35;
      case OTHER -> 36;
    };
  }

  /** The table for the help. */
  static String[] table() {
    FailureKind[] kinds = FailureKind.values();
    String[] lines = new String[(kinds.length + KINDS_IN_A_LINE - 1) / KINDS_IN_A_LINE];
    for (int i = 0; i < lines.length; i++) {
      lines[i] =
          Arrays.stream(kinds)
              .skip((long) i * KINDS_IN_A_LINE)
              .limit(KINDS_IN_A_LINE)
              .map(kind -> String.format("  %2d %-28s", of(kind), kind))
              .collect(Collectors.joining())
              .stripTrailing();
    }
    return lines;
  }
}
