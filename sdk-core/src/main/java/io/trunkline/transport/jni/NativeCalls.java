package io.trunkline.transport.jni;

import java.nio.ByteBuffer;

/**
 * The system calls behind the native transport, and the only class with native methods.
 *
 * <p>Every call returns a value of zero or more, or {@code -errno}; none throws. Limits are
 * nanoseconds of the monotonic clock, which a signal does not restart. Addresses are 4 or 16 bytes
 * in network order with a scope id (0 = none); IPv4 bytes given for an IPv6 socket are mapped to
 * {@code ::ffff:a.b.c.d}. Arguments that lie outside an array or buffer yield {@code -EINVAL}. The
 * caller owns the descriptors and guards them against use after close: the kernel reuses numbers.
 */
final class NativeCalls {
  /** Raised with every change of a signature, a constant or a return value. */
  static final int ABI = 2;

  /** Result of {@link #connectStart} and {@link #connectAwait}: neither established nor failed. */
  static final int STILL_CONNECTING = 1;

  /** For {@link #receive} and {@link #send}. */
  static final long NO_DEADLINE = Long.MAX_VALUE;

  /** One attempt that never waits; the deadline is ignored. */
  static final int NEVER_WAIT = 0;

  /**
   * A blocking call first, then {@code ppoll} for what is left of the limit. The limit must have
   * been announced by {@link #setReceiveLimit} or {@link #setSendLimit}, else the first call waits
   * for as long as the socket was told last.
   */
  static final int BLOCKING = 1;

  /** {@code ppoll} for the whole limit: for short limits, and where none was announced. */
  static final int POLLED = 2;

  static final int SHUT_RD = 0;
  static final int SHUT_WR = 1;
  static final int SHUT_RDWR = 2;

  // Option ids: the kernel's level and name are looked up in net_option.c.
  static final int NODELAY = 0;
  static final int KEEPALIVE = 1;

  /** Seconds. */
  static final int KEEPIDLE = 2;

  /** Seconds. */
  static final int KEEPINTVL = 3;

  static final int KEEPCNT = 4;

  /** Milliseconds. */
  static final int USER_TIMEOUT = 5;

  static final int SYNCNT = 6;

  /** Seconds; a negative value switches it off, which is read back as {@link #LINGER_OFF}. */
  static final int LINGER = 7;

  /** Bytes; Linux reads back twice what was set. */
  static final int RCVBUF = 8;

  /** Bytes; Linux reads back twice what was set. */
  static final int SNDBUF = 9;

  /** Sets IP_TOS, and on an IPv6 socket IPV6_TCLASS too; reads IP_TOS. */
  static final int TOS = 10;

  static final int FASTOPEN_CONNECT = 11;
  static final int QUICKACK = 12;
  static final int REUSEADDR = 13;
  static final int OOBINLINE = 14;
  static final int REUSEPORT = 15;
  static final int BIND_ADDRESS_NO_PORT = 16;

  /** How many options there are, at most 32: {@link KeptOptions} has a bit for each. */
  static final int OPTIONS = 17;

  static final long LINGER_OFF = 0x80000000L;

  static final int POLLIN = 1;
  static final int POLLERR = 8;
  static final int POLLHUP = 16;
  static final int POLLRDHUP = 0x2000;

  static final int EPOLL_CTL_ADD = 1;
  static final int EPOLL_CTL_DEL = 2;
  static final int EPOLL_CTL_MOD = 3;

  static final int EPOLLIN = 1;
  static final int EPOLLOUT = 4;
  static final int EPOLLERR = 8;
  static final int EPOLLHUP = 16;
  static final int EPOLLRDHUP = 0x2000;
  static final int EPOLLONESHOT = 1 << 30;
  static final int EPOLLET = 1 << 31;

  /** The most events that one {@link #epollWait} reports. */
  static final int MAX_EVENTS = 256;

  /** Length of what {@link #localAddress} and {@link #peerAddress} fill. */
  static final int NAME_BYTES = 22;

  private NativeCalls() {}

  /** Returns the ABI of the loaded library, to be compared with {@link #ABI}. */
  static native int abiVersion();

  /** Sends a byte through a socket pair: 0, or {@code -EIO} if another byte came out. */
  static native int selfCheck();

  /** Opens a non-blocking TCP socket, dual-stack if IPv6, and returns its descriptor. */
  static native int socket(boolean ipv6);

  /** Binds the local end; port 0 leaves the choice of a port to connect. */
  static native int bind(int fd, byte[] address, int scopeId, int port);

  /**
   * Begins a handshake and looks once how it goes; call it once per socket. 0 = established, or
   * deferred by Fast Open, and the socket is now blocking; else {@link #STILL_CONNECTING}.
   */
  static native int connectStart(int fd, byte[] address, int scopeId, int port);

  /**
   * Waits for a handshake: 0 = established, and the socket is now blocking; {@link
   * #STILL_CONNECTING} = the limit passed. The limit 0 just looks, a negative one waits without
   * end. A connect that {@link #shutdown} cancelled fails with {@code -ECONNRESET} or {@code
   * -ECONNABORTED}; so may one that the peer reset, so the caller remembers that it cancelled.
   */
  static native int connectAwait(int fd, long limitNanos);

  /**
   * Waits until one of the handshakes has ended, well or not, without asking how.
   *
   * @param count how many of the array, 1 to 16
   * @return how many have ended, or are closed; {@code -EBADF} if one is negative; 0 = the limit
   *     passed. The limit 0 just looks, a negative one waits without end
   */
  static native int connectAwaitAny(int[] fds, int count, long limitNanos);

  /**
   * Fills bytes 0-15 with the address, 16-17 with the port and 18-21 with the scope id, big-endian.
   *
   * @return length of the address, 4 or 16; a mapped one counts as 4
   */
  static native int localAddress(int fd, byte[] out);

  /** As {@link #localAddress}, for the other end. */
  static native int peerAddress(int fd, byte[] out);

  /**
   * Asks, without sending, whether there are a route and a source address for this destination: 0
   * if so. Tells an {@code EADDRNOTAVAIL} for want of ports from one for want of an address.
   */
  static native int sourceAddressCheck(byte[] address, int scopeId, int port);

  /**
   * Receives once: returns as soon as a byte is there. Above 8192 bytes of {@code length}, a call
   * that had to wait returns at most 8192.
   *
   * @param deadline on the clock of {@link #monotonicNanos}, {@link #NO_DEADLINE} for none
   * @param mode {@link #NEVER_WAIT}, {@link #BLOCKING} or {@link #POLLED}
   * @return count; 0 = end of stream, or {@code length} is 0; {@code -EAGAIN} = nothing before the
   *     deadline
   */
  static native int receive(int fd, byte[] bytes, int offset, int length, long deadline, int mode);

  /** As {@link #receive}, into a direct buffer, whose position is neither used nor moved. */
  static native int receiveDirect(
      int fd, ByteBuffer buffer, int position, int length, long deadline, int mode);

  /**
   * Sends once, without SIGPIPE, and may send fewer bytes than given. {@link #BLOCKING} goes on
   * until the kernel took all, the announced limit passed or a signal came; the other modes return
   * with what it took at once. An array above 8192 bytes is first tried without waiting, and at
   * most 8192 bytes of it are waited for.
   *
   * @param deadline on the clock of {@link #monotonicNanos}, {@link #NO_DEADLINE} for none
   * @param mode {@link #NEVER_WAIT}, {@link #BLOCKING} or {@link #POLLED}
   * @return count; 0 = {@code length} is 0; {@code -EAGAIN} = no room before the deadline
   */
  static native int send(int fd, byte[] bytes, int offset, int length, long deadline, int mode);

  /** As {@link #send}, from a direct buffer, whose position is neither used nor moved. */
  static native int sendDirect(
      int fd, ByteBuffer buffer, int position, int length, long deadline, int mode);

  /** Announces the limit of {@link #BLOCKING} receives; zero or negative = none. */
  static native int setReceiveLimit(int fd, long limitNanos);

  /** Announces the limit of {@link #BLOCKING} sends; zero or negative = none. */
  static native int setSendLimit(int fd, long limitNanos);

  /** Sends the low byte of {@code value} as TCP urgent data; returns 0. */
  static native int sendUrgent(int fd, int value);

  /** Returns the number of bytes that can be received without waiting. */
  static native int available(int fd);

  /** Returns which of POLLIN, POLLRDHUP, POLLERR, POLLHUP are set now; 0 = nothing to see. */
  static native int pollIdle(int fd);

  /** Returns and clears the pending error of the socket, as a positive errno; 0 = none. */
  static native int socketError(int fd);

  /** Shuts down one or both directions; wakes every thread that waits on the socket. */
  static native int shutdown(int fd, int how);

  /** Closes the descriptor. Whatever it returns, the number is free and not to be used again. */
  static native int close(int fd);

  /** Sets an option by its id above; switches take 0 or 1. */
  static native int setOption(int fd, int option, int value);

  /** Returns the value of an option, never negative, or {@code -errno}. */
  static native long getOption(int fd, int option);

  /** Copies the kernel's {@code struct tcp_info} and returns its length, cut to the array's. */
  static native int tcpInfo(int fd, byte[] out);

  static native int epollCreate();

  /** Adds, removes or changes a registration; {@code data} comes back with each event. */
  static native int epollControl(int epollFd, int operation, int fd, int events, long data);

  /**
   * Waits for events: {@code out[2i]} is the data, {@code out[2i + 1]} the events of the i-th.
   *
   * @param out at least {@code 2 * maxEvents} long
   * @param maxEvents 1 or more; beyond {@link #MAX_EVENTS} the rest comes with the next call
   * @param timeoutMillis negative = no limit
   * @return number of events; 0 also after a signal
   */
  static native int epollWait(int epollFd, long[] out, int maxEvents, int timeoutMillis);

  /** Opens a non-blocking eventfd. */
  static native int eventCreate();

  /** Makes the eventfd readable; harmless if it is. */
  static native int eventSignal(int fd);

  /** Makes the eventfd unreadable; harmless if it is. */
  static native int eventDrain(int fd);

  /** Nanoseconds of CLOCK_MONOTONIC (clock_gettime(2)). */
  static native long monotonicNanos();
}
