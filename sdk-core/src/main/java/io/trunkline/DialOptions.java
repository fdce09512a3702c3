package io.trunkline;

import io.trunkline.config.FirstWrite;
import io.trunkline.transport.SocketPreparation;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a single dial wants otherwise than the settings. Immutable.
 *
 * @param only the address to dial, instead of those that the endpoint resolves to
 * @param limitNanos the end of its time in nanoseconds from its beginning, where that comes before
 *     the connect timeout
 * @param first what is written to the connection first, which decides about TCP Fast Open
 * @param preparation what each socket gets before it is dialled
 */
public record DialOptions(
    Optional<InetSocketAddress> only,
    long limitNanos,
    FirstWrite first,
    SocketPreparation preparation) {

  /** As the settings say: for whoever writes to the connection next. */
  public static final DialOptions DEFAULT =
      new DialOptions(
          Optional.empty(), Long.MAX_VALUE, FirstWrite.IDEMPOTENT, SocketPreparation.NONE);

  /** The same for another address. */
  public DialOptions withOnly(Optional<InetSocketAddress> value) {
    return value.equals(only) ? this : new DialOptions(value, limitNanos, first, preparation);
  }

  /** The same for another first write. */
  public DialOptions withFirst(FirstWrite value) {
    return new DialOptions(only, limitNanos, value, preparation);
  }
}
