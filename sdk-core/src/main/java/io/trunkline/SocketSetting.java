package io.trunkline;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import java.util.Objects;

/**
 * One thing that can be set on a socket, so that it can be set on another one, or set back. Two
 * settings of the same thing are equal.
 */
interface SocketSetting<T> {
  /** The read limit, which is no option of the kernel. */
  SocketSetting<Integer> READ_TIMEOUT =
      new SocketSetting<>() {
        @Override
        public Integer get(Socket from) throws IOException {
          return from.getSoTimeout();
        }

        @Override
        public void set(Socket on, Integer millis) throws IOException {
          on.setSoTimeout(millis);
        }
      };

  /** SO_OOBINLINE, which has no {@link SocketOption}. */
  SocketSetting<Boolean> URGENT_INLINE =
      new SocketSetting<>() {
        @Override
        public Boolean get(Socket from) throws IOException {
          return from.getOOBInline();
        }

        @Override
        public void set(Socket on, Boolean inline) throws IOException {
          on.setOOBInline(inline);
        }
      };

  T get(Socket from) throws IOException;

  void set(Socket on, T value) throws IOException;

  static <T> SocketSetting<T> of(SocketOption<T> option) {
    return new Option<>(Objects.requireNonNull(option));
  }

  /** An option, equal to any other setting of the same option. */
  record Option<T>(SocketOption<T> option) implements SocketSetting<T> {
    @Override
    public T get(Socket from) throws IOException {
      return from.getOption(option);
    }

    @Override
    public void set(Socket on, T value) throws IOException {
      on.setOption(option, value);
    }
  }
}
