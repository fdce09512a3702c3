package io.trunkline.observe.jfr;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.ConnectionListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import jdk.jfr.FlightRecorder;

/**
 * Writes events for the flight recorder. While none is recording, a call looks at one flag and
 * makes nothing: the flag of a type is asked through one event of it that is never written. The
 * types are registered once there is a recorder. Thread-safe.
 */
final class JfrListener implements ConnectionListener {
  /** Made when a recorder is there: before that, each type would cost the start of a program. */
  private static final class Samples {
    static final ConnectEvent CONNECT = new ConnectEvent();
    static final TlsHandshakeEvent TLS = new TlsHandshakeEvent();
    static final ResolveEvent RESOLVE = new ResolveEvent();
    static final AcquireEvent ACQUIRE = new AcquireEvent();
    static final CloseEvent CLOSE = new CloseEvent();
    static final BreakerEvent BREAKER = new BreakerEvent();
    static final ProbeEvent PROBE = new ProbeEvent();
    static final LeakEvent LEAK = new LeakEvent();

    /** Does nothing but that they are made. */
    static void load() {}
  }

  /**
   * @throws LinkageError where the Java runtime has no flight recorder
   */
  JfrListener() {
    if (isOn()) {
      Samples.load(); // not within the first dial
    }
  }

  /** Whether there is, or was, a recording in this JVM. */
  private static boolean isOn() {
    return FlightRecorder.isInitialized();
  }

  /** Of the leases only those that took long are events, and these are told in any case. */
  @Override
  public boolean hearsEveryLease() {
    return false;
  }

  @Override
  public boolean hearsSamples() {
    return false;
  }

  /** A recording may begin at any time. */
  @Override
  public boolean hearsConnects() {
    return isOn() && Samples.CONNECT.isEnabled();
  }

  // ---- dialling ----

  @Override
  public void resolved(Endpoint endpoint, long elapsedNanos, List<InetSocketAddress> addresses) {
    if (isOn() && Samples.RESOLVE.isEnabled()) {
      ResolveEvent event = new ResolveEvent();
      event.endpoint = endpoint.toString();
      event.elapsed = elapsedNanos;
      event.addresses = addresses.toString();
      event.commit();
    }
  }

  @Override
  public void resolveFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    if (isOn() && Samples.RESOLVE.isEnabled()) {
      ResolveEvent event = new ResolveEvent();
      event.endpoint = endpoint.toString();
      event.elapsed = elapsedNanos;
      event.failureKind = kind(failure);
      event.failure = Failures.safeText(failure);
      event.commit();
    }
  }

  @Override
  public void connected(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, Optional<TcpInfo> tcpInfo) {
    if (isOn() && Samples.CONNECT.isEnabled()) {
      ConnectEvent event = new ConnectEvent();
      event.endpoint = endpoint.toString();
      event.address = address.toString();
      event.elapsed = elapsedNanos;
      tcpInfo.ifPresent(
          info -> {
            event.roundTripTime = info.rttMicros();
            event.synRetransmits = info.totalRetransmits();
            event.fastOpen = info.fastOpen().name();
          });
      event.commit();
    }
  }

  @Override
  public void connectFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    if (isOn() && Samples.CONNECT.isEnabled()) {
      ConnectEvent event = new ConnectEvent();
      event.endpoint = endpoint.toString();
      event.address = address.toString();
      event.elapsed = elapsedNanos;
      Optional<ConnectionFailure> details = Failures.find(failure);
      event.synRetransmits =
          Math.max(0, details.map(ConnectionFailure::unansweredSyns).orElse(0) - 1);
      event.errno = details.map(ConnectionFailure::errno).orElse(0);
      event.failureKind = kind(failure);
      event.failure = Failures.safeText(failure);
      event.commit();
    }
  }

  @Override
  public void tlsEstablished(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, String protocol) {
    if (isOn() && Samples.TLS.isEnabled()) {
      TlsHandshakeEvent event = new TlsHandshakeEvent();
      event.endpoint = endpoint.toString();
      event.address = address.toString();
      event.elapsed = elapsedNanos;
      event.protocol = protocol;
      event.commit();
    }
  }

  @Override
  public void tlsFailed(
      Endpoint endpoint, InetSocketAddress address, long elapsedNanos, IOException failure) {
    if (isOn() && Samples.TLS.isEnabled()) {
      TlsHandshakeEvent event = new TlsHandshakeEvent();
      event.endpoint = endpoint.toString();
      event.address = address.toString();
      event.elapsed = elapsedNanos;
      event.failureKind = kind(failure);
      event.failure = Failures.safeText(failure);
      event.commit();
    }
  }

  // ---- the pool ----

  @Override
  public void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {
    if (isOn() && Samples.ACQUIRE.isEnabled()) {
      AcquireEvent event = new AcquireEvent();
      event.elapsed = elapsedNanos;
      event.reused = reused;
      if (event.shouldCommit()) {
        event.endpoint = endpoint.toString();
        event.commit();
      }
    }
  }

  @Override
  public void acquireFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    if (isOn() && Samples.ACQUIRE.isEnabled()) {
      AcquireEvent event = new AcquireEvent();
      event.elapsed = elapsedNanos;
      if (event.shouldCommit()) {
        event.endpoint = endpoint.toString();
        event.failureKind = kind(failure);
        event.failure = Failures.safeText(failure);
        event.commit();
      }
    }
  }

  @Override
  public void closed(
      Endpoint endpoint, InetSocketAddress address, CloseReason reason, long lifetimeNanos) {
    if (isOn() && Samples.CLOSE.isEnabled()) {
      CloseEvent event = new CloseEvent();
      event.endpoint = endpoint.toString();
      event.address = address.toString();
      event.reason = reason.tag();
      event.lifetime = lifetimeNanos;
      event.commit();
    }
  }

  @Override
  public void leaked(Endpoint endpoint, Optional<Throwable> acquiredAt) {
    if (isOn() && Samples.LEAK.isEnabled()) {
      LeakEvent event = new LeakEvent();
      event.endpoint = endpoint.toString();
      event.acquiredAt = acquiredAt.map(JfrListener::stack).orElse(null);
      event.commit();
    }
  }

  // ---- the breaker ----

  @Override
  public void breakerChanged(
      Endpoint endpoint, BreakerState from, BreakerState to, Optional<IOException> why) {
    if (isOn() && Samples.BREAKER.isEnabled()) {
      BreakerEvent event = new BreakerEvent();
      event.endpoint = endpoint.toString();
      event.from = from.name();
      event.to = to.name();
      event.why = why.map(Failures::safeText).orElse(null);
      event.commit();
    }
  }

  @Override
  public void probed(Endpoint endpoint, long elapsedNanos, Optional<IOException> failure) {
    if (isOn() && Samples.PROBE.isEnabled()) {
      ProbeEvent event = new ProbeEvent();
      event.endpoint = endpoint.toString();
      event.elapsed = elapsedNanos;
      event.failureKind = failure.map(JfrListener::kind).orElse(null);
      event.failure = failure.map(Failures::safeText).orElse(null);
      event.commit();
    }
  }

  private static String kind(IOException failure) {
    return Failures.find(failure)
        .map(found -> found.kind().name())
        .orElse(failure.getClass().getSimpleName());
  }

  private static String stack(Throwable acquiredAt) {
    StringWriter text = new StringWriter();
    acquiredAt.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
