package io.trunkline.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;

/**
 * In the JVM that measures: once it is warm it says so before each iteration, and waits for its
 * turn. A turn is over when it says so again, or has ended. See {@link JvmContender}.
 */
public final class TurnTaker implements InternalProfiler {
  /** The path of the socket of who gives the turns. */
  static final String SOCKET_PROPERTY = "trunkline.benchmarks.turns";

  /** How many iterations it has before the first turn. */
  static final String ALONE_PROPERTY = "trunkline.benchmarks.alone";

  /** 0 in the JVM that starts the others, where JMH makes one as well. */
  private final int alone = Integer.getInteger(ALONE_PROPERTY, 0);

  private int begun;
  private SocketChannel giver;

  @Override
  public String getDescription() {
    return "waits for its turn";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    if (begun++ < alone) {
      return;
    }
    try {
      if (giver == null) {
        giver = SocketChannel.open(StandardProtocolFamily.UNIX);
        giver.connect(UnixDomainSocketAddress.of(System.getProperty(SOCKET_PROPERTY)));
      }
      ByteBuffer one = ByteBuffer.allocate(1);
      giver.write(one);
      if (giver.read(one.clear()) < 0) {
        throw new IllegalStateException("nobody gives turns any more");
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    return List.of();
  }
}
