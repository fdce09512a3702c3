package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;

/**
 * A benchmark of JMH in a JVM of its own, which takes its last warm-up iterations and those that
 * are measured in turns. The other end is {@link TurnTaker}.
 */
final class JvmContender implements Contender {
  private static final long LOOK_MILLIS = 5;
  private static final long LONGEST_WARM_UP_MINUTES = 10;
  private static final long LONGEST_TURN_MINUTES = 5;

  private final Path directory;
  private final ServerSocketChannel door;
  private final Selector said = Selector.open();
  private final FutureTask<RunResult> run;
  private final Function<IterationResult, Cost> cost;
  private SocketChannel jvm;

  /**
   * Makes it ready to be started.
   *
   * @param options of the benchmark, without those for the turns
   * @param alone how many iterations it has before the first turn; the last ones of its warm-up and
   *     those that are measured are turns
   * @param cost of a turn
   */
  JvmContender(ChainedOptionsBuilder options, int alone, Function<IterationResult, Cost> cost)
      throws IOException {
    this.directory = Files.createTempDirectory("turns");
    this.cost = cost;
    Path socket = directory.resolve("door");
    door = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    door.bind(UnixDomainSocketAddress.of(socket));
    door.configureBlocking(false);
    Options built =
        options
            .jvmArgsAppend(
                "-D" + TurnTaker.SOCKET_PROPERTY + "=" + socket,
                "-D" + TurnTaker.ALONE_PROPERTY + "=" + alone)
            .build();
    run = new FutureTask<>(() -> new Runner(built).runSingle());
  }

  @Override
  public void warmUp() throws Exception {
    Thread runner = new Thread(run, "jmh");
    runner.setDaemon(true);
    runner.start();
    long giveUp = System.nanoTime() + TimeUnit.MINUTES.toNanos(LONGEST_WARM_UP_MINUTES);
    while (jvm == null) {
      jvm = door.accept();
      if (jvm == null && run.isDone()) {
        run.get(); // throws what happened
        throw new IOException("it ended before its first turn");
      }
      if (System.nanoTime() - giveUp > 0) {
        throw new IOException("not warm after " + LONGEST_WARM_UP_MINUTES + " minutes");
      }
      if (jvm == null) {
        Thread.sleep(LOOK_MILLIS);
      }
    }
    jvm.configureBlocking(false);
    jvm.register(said, SelectionKey.OP_READ);
    awaitEndOfTurn();
  }

  @Override
  public void takeWarmUpTurn() throws Exception {
    takeTurn();
  }

  @Override
  public void takeTurn() throws Exception {
    jvm.write(ByteBuffer.allocate(1));
    awaitEndOfTurn();
  }

  /** It waits for the next one, or has ended. */
  private void awaitEndOfTurn() throws Exception {
    if (said.select(TimeUnit.MINUTES.toMillis(LONGEST_TURN_MINUTES)) == 0) {
      throw new IOException("a turn took more than " + LONGEST_TURN_MINUTES + " minutes");
    }
    said.selectedKeys().clear();
    if (jvm.read(ByteBuffer.allocate(1)) < 0) {
      result(); // throws what happened, if it did not end as it should
    }
  }

  private RunResult result() throws Exception {
    try {
      return run.get(LONGEST_TURN_MINUTES, TimeUnit.MINUTES); // it has ended, or is about to
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof Exception cause ? cause : failed;
    }
  }

  @Override
  public List<Cost> costs() throws Exception {
    return result().getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream())
        .map(cost)
        .toList();
  }

  /** A JVM that waits for its turn ends when nobody gives turns any more. */
  @Override
  public void close() throws IOException {
    if (jvm != null) {
      jvm.close();
    }
    said.close();
    door.close();
    Files.deleteIfExists(directory.resolve("door"));
    Files.deleteIfExists(directory);
  }
}
