package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.net.Endpoint;
import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A bad value is refused where it is set, by its name and with the value. */
class SettingsTest {
  private static Arguments bad(String setting, Object value, ThrowingCallable set) {
    return Arguments.of(setting, String.valueOf(value), set);
  }

  static Stream<Arguments> badValues() {
    Duration negative = Duration.ofMillis(-1);
    Duration tooLong = Duration.ofDays(25);
    return Stream.of(
        bad("pool.max-per-endpoint", 0, () -> pool().maxPerEndpoint(0)),
        bad("pool.max-per-endpoint", 65_536, () -> pool().maxPerEndpoint(65_536)),
        bad("pool.max-total", 0, () -> pool().maxTotal(0)),
        bad("pool.max-pending", -1, () -> pool().maxPending(-1)),
        bad("pool.max-dials-in-flight", 0, () -> pool().maxDialsInFlight(0)),
        bad("pool.dials-per-second", -1, () -> pool().dialsPerSecond(-1)),
        bad("pool.total-dials-per-second", -1, () -> pool().totalDialsPerSecond(-1)),
        bad(
            "circuit-breaker.window",
            Duration.ofMillis(999),
            () -> breaker().window(Duration.ofMillis(999))),
        bad(
            "circuit-breaker.window",
            Duration.ofDays(1),
            () -> breaker().window(Duration.ofDays(1))),
        bad("circuit-breaker.window", null, () -> breaker().window(null)),
        bad("circuit-breaker.minimum-dials", 0, () -> breaker().minimumDials(0)),
        bad("circuit-breaker.failure-rate-percent", 0, () -> breaker().failureRatePercent(0)),
        bad("circuit-breaker.failure-rate-percent", 101, () -> breaker().failureRatePercent(101)),
        bad(
            "circuit-breaker.first-probe-after",
            Duration.ZERO,
            () -> breaker().firstProbeAfter(Duration.ZERO)),
        bad(
            "circuit-breaker.longest-probe-interval",
            negative,
            () -> breaker().longestProbeInterval(negative)),
        bad(
            "circuit-breaker.longest-probe-interval",
            Duration.ofSeconds(30),
            () -> breaker().firstProbeAfter(Duration.ofMinutes(1)).build()),
        bad("circuit-breaker.counted-kinds", Set.of(), () -> breaker().countedKinds(Set.of())),
        bad("circuit-breaker.counted-kinds", null, () -> breaker().countedKinds(null)),
        bad("retry.max-attempts", 0, () -> retry().maxAttempts(0)),
        bad("retry.budget-percent", 101, () -> retry().budgetPercent(101)),
        bad("retry.minimum", -1, () -> retry().minimum(-1)),
        bad("retry.first-backoff", Duration.ZERO, () -> retry().firstBackoff(Duration.ZERO)),
        bad("retry.longest-backoff", negative, () -> retry().longestBackoff(negative)),
        bad(
            "retry.longest-backoff",
            Duration.ofSeconds(1),
            () -> retry().firstBackoff(Duration.ofSeconds(2)).build()),
        bad("pool.acquire-timeout", Duration.ZERO, () -> pool().acquireTimeout(Duration.ZERO)),
        bad("pool.acquire-timeout", null, () -> pool().acquireTimeout(null)),
        bad("pool.idle-timeout", negative, () -> pool().idleTimeout(negative)),
        bad("pool.idle-timeout", tooLong, () -> pool().idleTimeout(tooLong)),
        bad("pool.max-lifetime", negative, () -> pool().maxLifetime(negative)),
        bad("pool.lifetime-jitter-percent", 91, () -> pool().lifetimeJitterPercent(91)),
        bad("pool.min-idle", -1, () -> pool().minIdle(-1)),
        bad("pool.min-idle", 9, () -> pool().maxPerEndpoint(8).minIdle(9).build()),
        bad("pool.max-uses", -1, () -> pool().maxUses(-1)),
        bad("pool.forget-after", Duration.ZERO, () -> pool().forgetAfter(Duration.ZERO)),
        bad("resolve.ttl", negative, () -> resolve().ttl(negative)),
        bad("resolve.ttl", null, () -> resolve().ttl(null)),
        bad("resolve.negative-ttl", negative, () -> resolve().negativeTtl(negative)),
        bad("resolve.stale-for", negative, () -> resolve().staleFor(negative)),
        bad("resolve.stale-for", tooLong, () -> resolve().staleFor(tooLong)),
        bad("resolve.slow-after", Duration.ZERO, () -> resolve().slowAfter(Duration.ZERO)),
        bad("resolve.balance", null, () -> resolve().balance(null)),
        bad("connect.timeout", Duration.ZERO, () -> connect().timeout(Duration.ZERO)),
        bad("connect.timeout", null, () -> connect().timeout(null)),
        bad("connect.attempt-delay", Duration.ZERO, () -> connect().attemptDelay(Duration.ZERO)),
        bad(
            "connect.attempt-delay",
            Duration.ofMillis(9),
            () -> connect().attemptDelay(Duration.ofMillis(9))),
        bad(
            "connect.attempt-delay",
            Duration.ofMillis(2_001),
            () -> connect().attemptDelay(Duration.ofMillis(2_001))),
        bad("connect.attempt-delay", null, () -> connect().attemptDelay(null)),
        bad("connect.syn-retries", 128, () -> connect().synRetries(128)),
        bad("connect.fast-open", null, () -> connect().fastOpen(null)),
        bad("connect.fast-open-overrides", null, () -> connect().fastOpenOverrides(null)),
        bad(
            "connect.fast-open-overrides",
            "one.test:80=null",
            () ->
                connect()
                    .fastOpenOverrides(
                        Collections.singletonMap(Endpoint.tcp("one.test", 80), null))),
        bad("socket.read-timeout", negative, () -> socket().readTimeout(negative)),
        bad("socket.write-timeout", negative, () -> socket().writeTimeout(negative)),
        bad("socket.keep-alive-idle", Duration.ZERO, () -> socket().keepAliveIdle(Duration.ZERO)),
        bad(
            "socket.keep-alive-idle",
            Duration.ofHours(10),
            () -> socket().keepAliveIdle(Duration.ofHours(10))),
        bad(
            "socket.keep-alive-interval",
            Duration.ZERO,
            () -> socket().keepAliveInterval(Duration.ZERO)),
        bad("socket.keep-alive-count", 0, () -> socket().keepAliveCount(0)),
        bad("socket.user-timeout", negative, () -> socket().userTimeout(negative)),
        bad("socket.receive-buffer-bytes", -1, () -> socket().receiveBufferBytes(-1)),
        bad("socket.send-buffer-bytes", -1, () -> socket().sendBufferBytes(-1)),
        bad("socket.traffic-class", 256, () -> socket().trafficClass(256)),
        bad("tls.timeout", Duration.ZERO, () -> tls().timeout(Duration.ZERO)),
        bad("tls.protocols", "[]", () -> tls().protocols()),
        bad("tls.protocols", null, () -> tls().protocols((String) null)),
        bad("tls.protocols", "[TLSv9]", () -> tls().protocols("TLSv1.3", "TLSv9").build()),
        bad("tls.cipher-suites", "[NONE]", () -> tls().cipherSuites("NONE").build()),
        bad("tls.application-protocols", "\"\"", () -> tls().applicationProtocols("h2", "")),
        bad(
            "tls.application-protocols",
            "x".repeat(256),
            () -> tls().applicationProtocols("x".repeat(256))),
        bad("tls.ssl-context", null, () -> tls().sslContext((SSLContext) null)));
  }

  private static TlsSettings.Builder tls() {
    return TlsSettings.builder();
  }

  private static PoolSettings.Builder pool() {
    return PoolSettings.builder();
  }

  private static ResolveSettings.Builder resolve() {
    return ResolveSettings.builder();
  }

  private static ConnectSettings.Builder connect() {
    return ConnectSettings.builder();
  }

  private static BreakerSettings.Builder breaker() {
    return BreakerSettings.builder();
  }

  private static RetrySettings.Builder retry() {
    return RetrySettings.builder();
  }

  private static SocketSettings.Builder socket() {
    return SocketSettings.builder();
  }

  @ParameterizedTest(name = "{0} = {1}")
  @MethodSource("badValues")
  void aBadValueIsRefusedByName(String setting, String value, ThrowingCallable set) {
    assertThatThrownBy(set)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(setting + " must")
        .hasMessageContaining(value);
  }

  @Test
  void theDefaultsAreSound() {
    PoolSettings pool = pool().build();
    assertThat(pool.acquireTimeout()).isGreaterThan(connect().build().timeout());
    assertThat(connect().build().timeout()).isGreaterThan(Duration.ofSeconds(3));
    assertThat(resolve().build().slowAfter()).isLessThan(connect().build().timeout());
    assertThat(resolve().build().ttl()).isLessThan(resolve().build().staleFor());
    assertThat(pool.idleTimeout()).isLessThan(Duration.ofSeconds(75)); // nginx's keepalive_timeout
    assertThat(socket().build().tcpNoDelay()).isTrue();
    assertThat(socket().build().keepAlive()).isTrue();
  }
}
