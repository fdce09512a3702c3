package io.trunkline.transport;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.TransportInfo;
import io.trunkline.testing.FakeTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A transport without an operating system, on a clock that moves while somebody waits and else
 * stands still: what comes of which address, and when, is in a script. One thread at a time.
 */
public final class ScriptedTransport implements Transport {
  private static final Duration STEP = Duration.ofMillis(1);
  private static final Duration NEVER = Duration.ofMinutes(10);

  private final FakeTime time;
  private final Map<InetSocketAddress, Answer> answers = new HashMap<>();
  private final List<ScriptedSocket> opened = new ArrayList<>();
  private final Set<SocketOption<?>> options = new HashSet<>();
  private Supplier<IOException> refusal = () -> null;
  private boolean canRace = true;

  /**
   * What a handshake comes to.
   *
   * @param fastOpen whether it is left to the first write, where Fast Open was asked for
   * @param failure gives null where it succeeds
   */
  record Answer(Duration after, boolean fastOpen, Supplier<IOException> failure) {}

  public ScriptedTransport(FakeTime time) {
    this.time = time;
  }

  /** One of the addresses that are for documentation (RFC 5737). */
  public static InetSocketAddress address(int number) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) number}), 4711);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  // ---- the script; an address that is not in it is silent ----

  public void connects(InetSocketAddress address, Duration after) {
    answers.put(address, new Answer(after, false, () -> null));
  }

  public void refuses(InetSocketAddress address, Duration after) {
    fails(
        address,
        after,
        () ->
            Failures.exception(
                FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT).withAddress(address)));
  }

  public void fails(InetSocketAddress address, Duration after, Supplier<IOException> failure) {
    answers.put(address, new Answer(after, false, failure));
  }

  /** The kernel has a cookie of it: the first write makes the handshake. */
  public void takesFastOpen(InetSocketAddress address) {
    options.add(TransportOptions.TCP_FASTOPEN_CONNECT);
    answers.put(address, new Answer(Duration.ZERO, true, () -> null));
  }

  /** A transport that knows this option. */
  public void supports(SocketOption<?> option) {
    options.add(option);
  }

  /** What opening a socket throws from now on; null for nothing. */
  public void refusesToOpen(Supplier<IOException> failure) {
    refusal = failure;
  }

  /** As the jdk transport, which tries addresses in turn. */
  public void cannotRace() {
    canRace = false;
  }

  // ---- what came of it ----

  /** All sockets but the one that was asked for its options, in the order of their opening. */
  public List<ScriptedSocket> opened() {
    return List.copyOf(opened.subList(1, opened.size()));
  }

  public ScriptedSocket last() {
    return opened.get(opened.size() - 1);
  }

  public long openSockets() {
    return opened.stream().filter(each -> !each.isClosed()).count();
  }

  Answer answerOf(InetSocketAddress address) {
    return answers.get(address);
  }

  FakeTime time() {
    return time;
  }

  Set<SocketOption<?>> options() {
    return options;
  }

  /** Lets time pass until it is done or the limit has come. */
  public void pass(BooleanSupplier done, long limitNanos) {
    long began = time.nanoTime();
    while (!done.getAsBoolean()) {
      long passed = time.nanoTime() - began;
      if (passed >= limitNanos) {
        return;
      }
      if (passed > NEVER.toNanos()) {
        throw new AssertionError("waits for what will never come");
      }
      time.advance(Duration.ofNanos(Math.min(STEP.toNanos(), limitNanos - passed)));
    }
  }

  // ---- the transport ----

  @Override
  public TransportInfo info() {
    return new TransportInfo("scripted", "a test asked for it");
  }

  @Override
  public TransportSocket open() throws IOException {
    IOException refused = refusal.get();
    if (refused != null) {
      throw refused;
    }
    ScriptedSocket socket = new ScriptedSocket(this);
    opened.add(socket);
    return socket;
  }

  @Override
  public boolean canRace() {
    return canRace;
  }

  @Override
  public void awaitAny(List<TransportSocket> connecting, long limitNanos) {
    if (connecting.size() > MOST_AWAITED) {
      throw new AssertionError("waits for " + connecting.size() + " sockets");
    }
    pass(
        () -> connecting.stream().anyMatch(each -> ((ScriptedSocket) each).hasOutcome()),
        limitNanos);
  }

  @Override
  public void close() {}
}
