package io.trunkline.transport.jni;

import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TcpState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Reads struct tcp_info of linux/tcp.h. Kernels append to it and never move a field. */
final class TcpInfoLayout {
  /** Up to and including tcpi_total_retrans, which is older than glibc 2.17. */
  static final int LENGTH = 104;

  private static final int OPTION_TIMESTAMPS = 1;
  private static final int OPTION_SACK = 2;
  private static final int OPTION_WINDOW_SCALE = 4;
  private static final int OPTION_ECN = 8;
  private static final int OPTION_SYN_DATA = 32;

  private TcpInfoLayout() {}

  /**
   * Asks the kernel; the caller is counted in on the descriptor.
   *
   * @return empty if the kernel gave none or too little
   */
  static Optional<TcpInfo> read(int fd) {
    byte[] raw = new byte[LENGTH];
    return NativeCalls.tcpInfo(fd, raw) < LENGTH ? Optional.empty() : Optional.of(parse(raw));
  }

  private static TcpInfo parse(byte[] raw) {
    ByteBuffer in = ByteBuffer.wrap(raw).order(ByteOrder.nativeOrder());
    int options = in.get(5);
    int scales = in.get(6);
    return new TcpInfo(
        TcpState.of(in.get(0)),
        (options & OPTION_TIMESTAMPS) != 0,
        (options & OPTION_SACK) != 0,
        (options & OPTION_WINDOW_SCALE) != 0,
        (options & OPTION_ECN) != 0,
        scales & 0xf,
        (scales >> 4) & 0xf,
        fastOpen((options & OPTION_SYN_DATA) != 0, (in.get(7) >> 1) & 3),
        unsigned(in, 8),
        unsigned(in, 16),
        unsigned(in, 20),
        unsigned(in, 24),
        unsigned(in, 32),
        unsigned(in, 36),
        in.get(2) & 0xff,
        unsigned(in, 68),
        unsigned(in, 72),
        unsigned(in, 80),
        unsigned(in, 100));
  }

  private static FastOpenOutcome fastOpen(boolean synDataAccepted, int clientFail) {
    if (synDataAccepted) {
      return FastOpenOutcome.ACCEPTED;
    }
    return switch (clientFail) {
      case 1 -> FastOpenOutcome.NO_COOKIE;
      case 2 -> FastOpenOutcome.DATA_DROPPED;
      case 3 -> FastOpenOutcome.DATA_NOT_ACKNOWLEDGED;
      default -> FastOpenOutcome.NOT_USED;
    };
  }

  private static long unsigned(ByteBuffer in, int offset) {
    return Integer.toUnsignedLong(in.getInt(offset));
  }
}
