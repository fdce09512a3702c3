package io.trunkline.transport;

import java.net.SocketOption;

/**
 * Socket options of Linux that the JDK has no constants for. Only the jni transport supports them.
 */
public final class TransportOptions {
  /**
   * TCP_USER_TIMEOUT (RFC 5482, tcp(7)): milliseconds that sent data may stay unacknowledged; 0 is
   * the default.
   */
  public static final SocketOption<Integer> TCP_USER_TIMEOUT =
      new Option<>("TCP_USER_TIMEOUT", Integer.class);

  /** TCP_SYNCNT (tcp(7)): how often the kernel repeats a SYN, 1 to 127. */
  public static final SocketOption<Integer> TCP_SYNCNT = new Option<>("TCP_SYNCNT", Integer.class);

  /**
   * TCP_FASTOPEN_CONNECT (RFC 7413, tcp(7)): connect at the first write, with its data in the SYN,
   * where the kernel has a cookie of the peer; else ask for one. See {@link
   * TransportSocket#awaitsFirstFlight}. A wish: where net.ipv4.tcp_fastopen forbids it the connect
   * is an ordinary one.
   */
  public static final SocketOption<Boolean> TCP_FASTOPEN_CONNECT =
      new Option<>("TCP_FASTOPEN_CONNECT", Boolean.class);

  /** IP_BIND_ADDRESS_NO_PORT (ip(7)): a bind to port 0 leaves the port to connect(2). */
  public static final SocketOption<Boolean> IP_BIND_ADDRESS_NO_PORT =
      new Option<>("IP_BIND_ADDRESS_NO_PORT", Boolean.class);

  private TransportOptions() {}

  private record Option<T>(String name, Class<T> type) implements SocketOption<T> {
    @Override
    public String toString() {
      return name;
    }
  }
}
