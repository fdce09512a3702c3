package io.trunkline.net;

/**
 * The states of a TCP connection (RFC 9293, section 3.3.2), numbered as Linux does in tcp_states.h.
 */
public enum TcpState {
  UNKNOWN,
  ESTABLISHED,
  SYN_SENT,
  SYN_RECV,
  FIN_WAIT1,
  FIN_WAIT2,
  TIME_WAIT,
  CLOSE,
  CLOSE_WAIT,
  LAST_ACK,
  LISTEN,
  CLOSING;

  private static final TcpState[] BY_NUMBER = values();

  /** The state with the kernel's number, {@link #UNKNOWN} if this version does not know it. */
  public static TcpState of(int kernelNumber) {
    return kernelNumber > 0 && kernelNumber < BY_NUMBER.length ? BY_NUMBER[kernelNumber] : UNKNOWN;
  }
}
