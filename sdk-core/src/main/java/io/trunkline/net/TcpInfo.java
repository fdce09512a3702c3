package io.trunkline.net;

/**
 * What the kernel knows of one TCP connection, read with {@code getsockopt(TCP_INFO)} (tcp(7)). A
 * value of one moment.
 *
 * @param state the state of the connection
 * @param timestamps whether timestamps were negotiated (RFC 7323)
 * @param selectiveAcks whether SACK was negotiated (RFC 2018)
 * @param windowScaling whether window scaling was negotiated (RFC 7323)
 * @param explicitCongestion whether ECN was negotiated (RFC 3168)
 * @param sendWindowScale the shift count that the peer applies to the window it advertises
 * @param receiveWindowScale the shift count of the window that this side advertises
 * @param fastOpen what became of TCP Fast Open
 * @param retransmitTimeoutMicros the present retransmission timeout, in microseconds
 * @param sendMss the maximum segment size for sending, in bytes
 * @param receiveMss the maximum segment size seen in receiving, in bytes
 * @param unacknowledgedSegments segments sent and not acknowledged
 * @param lostSegments segments deemed lost
 * @param retransmitsInFlight segments retransmitted and not acknowledged
 * @param unansweredRetransmits consecutive retransmission timeouts of what is outstanding now, the
 *     SYN included
 * @param rttMicros smoothed round trip time, in microseconds
 * @param rttVarianceMicros mean deviation of the round trip time, in microseconds
 * @param congestionWindow the congestion window, in segments
 * @param totalRetransmits segments retransmitted in the life of the connection, the SYN included
 */
public record TcpInfo(
    TcpState state,
    boolean timestamps,
    boolean selectiveAcks,
    boolean windowScaling,
    boolean explicitCongestion,
    int sendWindowScale,
    int receiveWindowScale,
    FastOpenOutcome fastOpen,
    long retransmitTimeoutMicros,
    long sendMss,
    long receiveMss,
    long unacknowledgedSegments,
    long lostSegments,
    long retransmitsInFlight,
    int unansweredRetransmits,
    long rttMicros,
    long rttVarianceMicros,
    long congestionWindow,
    long totalRetransmits) {

  /**
   * One line for people: state, round trip, segment size, window, retransmits and the options
   * negotiated.
   */
  public String summary() {
    StringBuilder line = new StringBuilder(160);
    line.append(state)
        .append(" rtt=")
        .append(rttMicros)
        .append("us rttvar=")
        .append(rttVarianceMicros)
        .append("us mss=")
        .append(sendMss)
        .append(" cwnd=")
        .append(congestionWindow)
        .append(" retransmits=")
        .append(totalRetransmits)
        .append(" wscale=")
        .append(sendWindowScale)
        .append(',')
        .append(receiveWindowScale);
    if (timestamps) {
      line.append(" timestamps");
    }
    if (selectiveAcks) {
      line.append(" sack");
    }
    if (explicitCongestion) {
      line.append(" ecn");
    }
    return line.append(" fast-open=").append(fastOpen).toString();
  }
}
