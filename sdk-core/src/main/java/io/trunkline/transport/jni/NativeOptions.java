package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import io.trunkline.transport.TransportOptions;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Translates the values of socket options between java.net and the kernel. */
final class NativeOptions {
  private static final Map<SocketOption<?>, Integer> IDS = ids();
  private static final int LONGEST_LINGER_SECONDS = 65_535;

  private NativeOptions() {}

  private static Map<SocketOption<?>, Integer> ids() {
    Map<SocketOption<?>, Integer> ids = new HashMap<>();
    ids.put(StandardSocketOptions.TCP_NODELAY, NativeCalls.NODELAY);
    ids.put(StandardSocketOptions.SO_KEEPALIVE, NativeCalls.KEEPALIVE);
    ids.put(StandardSocketOptions.SO_LINGER, NativeCalls.LINGER);
    ids.put(StandardSocketOptions.SO_RCVBUF, NativeCalls.RCVBUF);
    ids.put(StandardSocketOptions.SO_SNDBUF, NativeCalls.SNDBUF);
    ids.put(StandardSocketOptions.SO_REUSEADDR, NativeCalls.REUSEADDR);
    ids.put(StandardSocketOptions.SO_REUSEPORT, NativeCalls.REUSEPORT);
    ids.put(StandardSocketOptions.IP_TOS, NativeCalls.TOS);
    ids.put(ExtendedSocketOptions.TCP_KEEPIDLE, NativeCalls.KEEPIDLE);
    ids.put(ExtendedSocketOptions.TCP_KEEPINTERVAL, NativeCalls.KEEPINTVL);
    ids.put(ExtendedSocketOptions.TCP_KEEPCOUNT, NativeCalls.KEEPCNT);
    ids.put(ExtendedSocketOptions.TCP_QUICKACK, NativeCalls.QUICKACK);
    ids.put(TransportOptions.TCP_USER_TIMEOUT, NativeCalls.USER_TIMEOUT);
    ids.put(TransportOptions.TCP_SYNCNT, NativeCalls.SYNCNT);
    ids.put(TransportOptions.TCP_FASTOPEN_CONNECT, NativeCalls.FASTOPEN_CONNECT);
    ids.put(TransportOptions.IP_BIND_ADDRESS_NO_PORT, NativeCalls.BIND_ADDRESS_NO_PORT);
    return Map.copyOf(ids);
  }

  static Set<SocketOption<?>> supported() {
    return IDS.keySet();
  }

  /** The id for native calls. */
  static int id(SocketOption<?> option) {
    Integer id = IDS.get(option);
    if (id == null) {
      throw new UnsupportedOperationException("'" + option + "' not supported");
    }
    return id;
  }

  /** The name of an option that was set by its id. */
  static String name(int id) {
    return IDS.entrySet().stream()
        .filter(entry -> entry.getValue() == id)
        .map(entry -> entry.getKey().name())
        .findFirst()
        .orElse("option " + id);
  }

  /** The kernel's value; refuses what java.net.Socket refuses, in its way. */
  static int toNative(SocketOption<?> option, Object value) {
    if (value == null) {
      throw new IllegalArgumentException("invalid value 'null' for " + option.name());
    }
    if (value instanceof Boolean on) {
      return on ? 1 : 0;
    }
    int number = (Integer) value;
    if (option == StandardSocketOptions.SO_LINGER) {
      return Math.min(number, LONGEST_LINGER_SECONDS);
    }
    boolean buffer =
        option == StandardSocketOptions.SO_RCVBUF || option == StandardSocketOptions.SO_SNDBUF;
    if (number < 0 || (buffer && number == 0)) {
      throw new IllegalArgumentException("invalid value " + number + " for " + option.name());
    }
    if (option == StandardSocketOptions.IP_TOS && number > 255) {
      throw new IllegalArgumentException("invalid value " + number + " for " + option.name());
    }
    return number;
  }

  /** The value as java.net knows it. */
  static <T> T fromNative(SocketOption<T> option, long value) {
    if (option.type() == Boolean.class) {
      return option.type().cast(value != 0);
    }
    int number = value == NativeCalls.LINGER_OFF ? -1 : (int) value;
    if (option == StandardSocketOptions.SO_RCVBUF || option == StandardSocketOptions.SO_SNDBUF) {
      number /=
          2; // Linux doubles what was asked for, and says so (socket(7)); the JDK hides it too
    }
    return option.type().cast(number);
  }

  /** A value that waits for its descriptor, as it will be read back. */
  static long asTheKernelWouldSay(int id, int kept) {
    return switch (id) {
      case NativeCalls.LINGER -> kept < 0 ? NativeCalls.LINGER_OFF : kept;
      case NativeCalls.RCVBUF, NativeCalls.SNDBUF -> 2L * kept;
      default -> kept;
    };
  }

  /** The kernel does not do Fast Open now (net.ipv4.tcp_fastopen): then without it. */
  static boolean isOnlyAWish(int id, int result) {
    return id == NativeCalls.FASTOPEN_CONNECT && result == -Errno.EOPNOTSUPP;
  }
}
