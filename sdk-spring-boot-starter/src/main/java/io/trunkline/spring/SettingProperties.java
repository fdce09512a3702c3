package io.trunkline.spring;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.ConnectSettings;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.ResolveSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.spring.TrunklineProperties.ConnectProperties;
import io.trunkline.spring.TrunklineProperties.PoolProperties;
import io.trunkline.spring.TrunklineProperties.SocketProperties;
import io.trunkline.spring.TrunklineProperties.SslProperties;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.util.unit.DataSize;

/**
 * Hands each property that is set to the setting of the core that it stands for. A value that the
 * core refuses is told of by the name of the property.
 */
final class SettingProperties {
  private final String prefix;

  /**
   * @param prefix of the names, such as {@code trunkline.}
   */
  SettingProperties(String prefix) {
    this.prefix = prefix;
  }

  /** Does nothing where the value is null. */
  <T> void set(String name, T value, Consumer<T> setting) {
    if (value != null) {
      try {
        setting.accept(value);
      } catch (IllegalArgumentException refused) {
        throw InvalidPropertyException.ofValue(prefix + name, value, refused);
      }
    }
  }

  /** Values that do not go together are found when settings are built. */
  void building(Runnable build) {
    try {
      build.run();
    } catch (IllegalArgumentException refused) {
      throw InvalidPropertyException.ofSetting(prefix, refused);
    }
  }

  PoolSettings.Builder pool(
      PoolProperties pool, ConnectProperties connect, PoolSettings.Builder to) {
    set("pool.max-per-endpoint", pool.maxPerEndpoint(), to::maxPerEndpoint);
    set("pool.max-total", pool.maxTotal(), to::maxTotal);
    set("pool.max-pending", pool.maxPending(), to::maxPending);
    set("pool.acquire-timeout", pool.acquireTimeout(), to::acquireTimeout);
    set("pool.idle-timeout", pool.idleTimeout(), to::idleTimeout);
    set("pool.max-lifetime", pool.maxLifetime(), to::maxLifetime);
    set("pool.lifetime-jitter-percent", pool.lifetimeJitterPercent(), to::lifetimeJitterPercent);
    set("pool.min-idle", pool.minIdle(), to::minIdle);
    set("pool.max-uses", pool.maxUses(), to::maxUses);
    set(
        "pool.leak-detection",
        pool.leakDetection(),
        value -> to.leakStacks(value == PoolProperties.LeakDetection.STACKS));
    set("pool.forget-after", pool.forgetAfter(), to::forgetAfter);
    set("connect.max-in-flight", connect.maxInFlight(), to::maxDialsInFlight);
    set("connect.rate", connect.rate(), to::dialsPerSecond);
    set("connect.total-rate", connect.totalRate(), to::totalDialsPerSecond);
    return to;
  }

  ConnectSettings.Builder connect(ConnectProperties connect, ConnectSettings.Builder to) {
    set("connect.timeout", connect.timeout(), to::timeout);
    set("connect.attempt-delay", connect.attemptDelay(), to::attemptDelay);
    set("connect.fast-open", connect.fastOpen(), to::fastOpen);
    set("connect.syn-retries", connect.synRetries(), to::synRetries);
    set("connect.local-address", connect.localAddress(), text -> to.localAddress(address(text)));
    return to;
  }

  /** A literal: what belongs to this host needs no name server. */
  private static InetAddress address(String text) {
    boolean literal = text.indexOf(':') >= 0 || text.matches("[0-9.]+");
    try {
      if (literal) {
        return InetAddress.getByName(text);
      }
    } catch (UnknownHostException notAnAddress) {
      // Below.
    }
    throw new IllegalArgumentException(
        "connect.local-address must be an IP address, but was " + text);
  }

  SocketSettings.Builder socket(
      SocketProperties socket, ConnectProperties connect, SocketSettings.Builder to) {
    set("socket.read-timeout", socket.readTimeout(), to::readTimeout);
    set("socket.write-timeout", socket.writeTimeout(), to::writeTimeout);
    set("socket.tcp-no-delay", socket.tcpNoDelay(), to::tcpNoDelay);
    set(
        "socket.receive-buffer",
        socket.receiveBuffer(),
        size -> to.receiveBufferBytes(bytes("socket.receive-buffer", size)));
    set(
        "socket.send-buffer",
        socket.sendBuffer(),
        size -> to.sendBufferBytes(bytes("socket.send-buffer", size)));
    set("socket.traffic-class", socket.trafficClass(), to::trafficClass);
    set("connect.keepalive", connect.keepalive(), to::keepAlive);
    set("connect.keepalive-idle", connect.keepaliveIdle(), to::keepAliveIdle);
    set("connect.keepalive-interval", connect.keepaliveInterval(), to::keepAliveInterval);
    set("connect.keepalive-count", connect.keepaliveCount(), to::keepAliveCount);
    set("connect.user-timeout", connect.userTimeout(), to::userTimeout);
    return to;
  }

  private static int bytes(String name, DataSize size) {
    if (size.toBytes() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(name + " must be less than 2GB, but was " + size);
    }
    return (int) size.toBytes();
  }

  TlsSettings.Builder tls(SslProperties ssl, TlsSettings.Builder to) {
    set("ssl.timeout", ssl.timeout(), to::timeout);
    set("ssl.protocols", ssl.protocols(), names -> to.protocols(array(names)));
    set("ssl.cipher-suites", ssl.cipherSuites(), names -> to.cipherSuites(array(names)));
    set(
        "ssl.application-protocols",
        ssl.applicationProtocols(),
        names -> to.applicationProtocols(array(names)));
    return to;
  }

  private static String[] array(List<String> names) {
    return names.toArray(String[]::new);
  }

  ResolveSettings.Builder resolve(TrunklineProperties.Resolve from, ResolveSettings.Builder to) {
    set("resolve.ttl", from.ttl(), to::ttl);
    set("resolve.negative-ttl", from.negativeTtl(), to::negativeTtl);
    set("resolve.stale-for", from.staleFor(), to::staleFor);
    set("resolve.slow-after", from.slowAfter(), to::slowAfter);
    set("resolve.balance", from.balance(), to::balance);
    return to;
  }

  BreakerSettings.Builder circuitBreaker(
      TrunklineProperties.CircuitBreaker from,
      TrunklineProperties.Probe probe,
      BreakerSettings.Builder to) {
    set("circuit-breaker.enabled", from.enabled(), to::enabled);
    set("circuit-breaker.window", from.window(), to::window);
    set("circuit-breaker.minimum-dials", from.minimumDials(), to::minimumDials);
    set("circuit-breaker.failure-rate-percent", from.failureRatePercent(), to::failureRatePercent);
    set("circuit-breaker.counted-kinds", from.countedKinds(), to::countedKinds);
    set("probe.first-after", probe.firstAfter(), to::firstProbeAfter);
    set("probe.longest-interval", probe.longestInterval(), to::longestProbeInterval);
    return to;
  }

  RetrySettings.Builder retry(TrunklineProperties.Retry from, RetrySettings.Builder to) {
    set("retry.max-attempts", from.maxAttempts(), to::maxAttempts);
    set("retry.budget-percent", from.budgetPercent(), to::budgetPercent);
    set("retry.minimum", from.minimum(), to::minimum);
    set("retry.first-backoff", from.firstBackoff(), to::firstBackoff);
    set("retry.longest-backoff", from.longestBackoff(), to::longestBackoff);
    return to;
  }
}
