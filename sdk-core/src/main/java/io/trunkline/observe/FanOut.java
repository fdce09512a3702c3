package io.trunkline.observe;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.time.InnerLock;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Passes each event to all listeners that hear it, and keeps what they do wrong from everybody
 * else.
 */
final class FanOut implements ConnectionListener {
  /** Leases are many and short: two looks at the clock for each would cost as much as the lease. */
  private static final int TIMED_LEASES = 64;

  private static final LeaseCall ACQUIRED = ConnectionListener::acquired;
  private static final LeaseCall RELEASED =
      (listener, endpoint, nanos, ignored) -> listener.released(endpoint, nanos);

  private final Member[] members;
  private final boolean hearsEveryLease;
  private final boolean hearsSamples;
  private final Ticker ticker;

  /** Which members this thread is calling at the moment, by their index. */
  private final ThreadLocal<boolean[]> calling;

  /** Without a captured variable, so that a lease allocates nothing. */
  private interface LeaseCall {
    void on(ConnectionListener listener, Endpoint endpoint, long nanos, boolean reused);
  }

  FanOut(List<ConnectionListener> listeners, Ticker ticker) {
    this.ticker = ticker;
    this.members = new Member[listeners.size()];
    boolean anyHears = false;
    boolean anyHearsSamples = false;
    for (int i = 0; i < members.length; i++) {
      members[i] = new Member(listeners.get(i), i, ticker);
      anyHears |= members[i].hearsEveryLease;
      anyHearsSamples |= members[i].hearsSamples;
    }
    this.hearsEveryLease = anyHears;
    this.hearsSamples = anyHearsSamples;
    this.calling = ThreadLocal.withInitial(() -> new boolean[members.length]);
  }

  private void tell(String event, Consumer<ConnectionListener> call) {
    assert InnerLock.noneHeld() : event + " is told under a lock";
    boolean[] inCall = calling.get();
    for (Member each : members) {
      if (inCall[each.index] || !each.hears(event)) {
        continue;
      }
      inCall[each.index] = true;
      long start = ticker.nanoTime();
      try {
        call.accept(each.listener);
      } catch (Throwable failed) {
        each.threw(event, failed);
      } finally {
        each.took(event, ticker.nanoTime() - start);
        inCall[each.index] = false;
      }
    }
  }

  /** As {@link #tell}, but allocates nothing and looks at the clock for one call in 64. */
  private void tellLease(
      String event, LeaseCall call, Endpoint endpoint, long nanos, boolean reused) {
    assert InnerLock.noneHeld() : event + " is told under a lock";
    boolean timed = ThreadLocalRandom.current().nextInt(TIMED_LEASES) == 0;
    boolean[] inCall = calling.get();
    for (Member each : members) {
      if (inCall[each.index]) {
        continue;
      }
      inCall[each.index] = true;
      long start = timed ? ticker.nanoTime() : 0;
      try {
        call.on(each.listener, endpoint, nanos, reused);
      } catch (Throwable failed) {
        each.threw(event, failed);
      } finally {
        if (timed) {
          each.took(event, ticker.nanoTime() - start);
        }
        inCall[each.index] = false;
      }
    }
  }

  @Override
  public boolean hearsEveryLease() {
    return hearsEveryLease;
  }

  @Override
  public boolean hearsSamples() {
    return hearsSamples;
  }

  @Override
  public boolean hearsConnects() {
    for (Member each : members) {
      if (each.hearsConnects()) {
        return true;
      }
    }
    return false;
  }

  // ---- the manager ----

  @Override
  public void managerStarted(
      TransportInfo transport, Supplier<Map<Endpoint, EndpointCounts>> counts) {
    tell("managerStarted", each -> each.managerStarted(transport, counts));
  }

  @Override
  public void managerClosed(Supplier<Map<Endpoint, EndpointCounts>> counts) {
    tell("managerClosed", each -> each.managerClosed(counts));
  }

  // ---- dialling ----

  @Override
  public void resolved(Endpoint endpoint, long elapsedNanos, List<InetSocketAddress> addresses) {
    tell("resolved", each -> each.resolved(endpoint, elapsedNanos, addresses));
  }

  @Override
  public void resolveFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    tell("resolveFailed", each -> each.resolveFailed(endpoint, elapsedNanos, failure));
  }

  @Override
  public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
    tell("connectStarted", each -> each.connectStarted(endpoint, address));
  }

  @Override
  public void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> tcpInfo) {
    tell("connected", each -> each.connected(endpoint, address, elapsedNanos, tcpInfo));
  }

  @Override
  public void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    tell("connectFailed", each -> each.connectFailed(endpoint, address, elapsedNanos, failure));
  }

  @Override
  public void connectCancelled(Endpoint endpoint, InetSocketAddress address, long elapsedNanos) {
    tell("connectCancelled", each -> each.connectCancelled(endpoint, address, elapsedNanos));
  }

  @Override
  public void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {
    tell("tlsEstablished", each -> each.tlsEstablished(endpoint, address, elapsedNanos, protocol));
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    tell("tlsFailed", each -> each.tlsFailed(endpoint, address, elapsedNanos, failure));
  }

  // ---- the pool ----

  @Override
  public void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {
    tellLease("acquired", ACQUIRED, endpoint, elapsedNanos, reused);
  }

  @Override
  public void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    tell("acquireFailed", each -> each.acquireFailed(endpoint, elapsedNanos, failure));
  }

  @Override
  public void released(Endpoint endpoint, long usageNanos) {
    tellLease("released", RELEASED, endpoint, usageNanos, false);
  }

  @Override
  public void closed(
      Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
    tell("closed", each -> each.closed(endpoint, address, reason, lifetimeNanos));
  }

  @Override
  public void sampled(
      Endpoint endpoint, InetSocketAddress address, TcpInfo tcpInfo, long newRetransmits) {
    tell("sampled", each -> each.sampled(endpoint, address, tcpInfo, newRetransmits));
  }

  @Override
  public void leaked(Endpoint endpoint, Optional<Throwable> acquiredAt) {
    tell("leaked", each -> each.leaked(endpoint, acquiredAt));
  }

  @Override
  public void drained(Endpoint endpoint, Optional<InetSocketAddress> withdrawn) {
    tell("drained", each -> each.drained(endpoint, withdrawn));
  }

  @Override
  public void forgotten(Endpoint endpoint) {
    tell("forgotten", each -> each.forgotten(endpoint));
  }

  @Override
  public void retried(Endpoint endpoint, FailureKind kind) {
    tell("retried", each -> each.retried(endpoint, kind));
  }

  // ---- the breaker ----

  @Override
  public void breakerChanged(
      Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {
    tell("breakerChanged", each -> each.breakerChanged(endpoint, from, to, why));
  }

  @Override
  public void probed(Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
    tell("probed", each -> each.probed(endpoint, elapsedNanos, failure));
  }
}
