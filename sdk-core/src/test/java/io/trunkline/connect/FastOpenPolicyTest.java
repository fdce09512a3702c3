package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.FastOpen;
import io.trunkline.config.FirstWrite;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FastOpenPolicyTest {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("192.0.2.1", 443);
  private static final Endpoint PLAIN = Endpoint.tcp("one.test", 443);
  private static final Endpoint TLS = Endpoint.tls("one.test", 443);

  private final FastOpenMemory memory = new FastOpenMemory(() -> 0);

  private FastOpenPolicy policy(FastOpen value) {
    return new FastOpenPolicy(settings(value, Map.of()), true, () -> true, memory);
  }

  private static ConnectSettings settings(FastOpen value, Map<Endpoint, FastOpen> overrides) {
    return ConnectSettings.builder().fastOpen(value).fastOpenOverrides(overrides).build();
  }

  private static boolean asks(FastOpenPolicy policy, Endpoint endpoint, boolean forWriter) {
    return policy.attempt(endpoint, ADDRESS, forWriter ? FirstWrite.IDEMPOTENT : FirstWrite.UNKNOWN)
        != FastOpenAttempt.NONE;
  }

  @ParameterizedTest
  @CsvSource({
    "OFF,             false, false, false, false",
    "TLS_ONLY,        false, false, true,  true",
    "IDEMPOTENT_DATA, true,  false, true,  true"
  })
  void theSettingDecides(
      FastOpen value, boolean plain, boolean plainAhead, boolean tls, boolean tlsAhead) {
    FastOpenPolicy policy = policy(value);

    assertThat(asks(policy, PLAIN, true)).isEqualTo(plain);
    assertThat(asks(policy, PLAIN, false)).as("dialled ahead").isEqualTo(plainAhead);
    assertThat(asks(policy, TLS, true)).isEqualTo(tls);
    assertThat(asks(policy, TLS, false)).as("dialled ahead").isEqualTo(tlsAhead);
  }

  @Test
  void itIsOffByDefault() {
    assertThat(ConnectSettings.builder().build().fastOpen()).isEqualTo(FastOpen.OFF);
  }

  @Test
  void anEndpointsOwnValueComesBeforeThatOfAll() {
    ConnectSettings off = settings(FastOpen.OFF, Map.of(PLAIN, FastOpen.IDEMPOTENT_DATA));
    ConnectSettings on = settings(FastOpen.IDEMPOTENT_DATA, Map.of(PLAIN, FastOpen.OFF));

    FastOpenPolicy onlyPlain = new FastOpenPolicy(off, true, () -> true, memory);
    FastOpenPolicy allButPlain = new FastOpenPolicy(on, true, () -> true, memory);

    assertThat(asks(onlyPlain, PLAIN, true)).isTrue();
    assertThat(asks(onlyPlain, TLS, true)).isFalse();
    assertThat(asks(allButPlain, PLAIN, true)).isFalse();
    assertThat(asks(allButPlain, TLS, true)).isTrue();
  }

  @Test
  void whoPutsTlsOnAPlainConnectionHasTheValueOfTheTlsEndpoint() {
    FastOpenPolicy policy =
        new FastOpenPolicy(
            settings(FastOpen.TLS_ONLY, Map.of(TLS, FastOpen.OFF)), true, () -> true, memory);
    assertThat(policy.attempt(PLAIN, ADDRESS, FirstWrite.TLS)).isSameAs(FastOpenAttempt.NONE);
    assertThat(policy.attempt(TLS, ADDRESS, FirstWrite.TLS)).isSameAs(FastOpenAttempt.NONE);
    Endpoint other = Endpoint.tcp("two.test", 443);
    assertThat(policy.attempt(other, ADDRESS, FirstWrite.TLS)).isNotSameAs(FastOpenAttempt.NONE);

    FastOpenPolicy own =
        new FastOpenPolicy(
            settings(FastOpen.OFF, Map.of(PLAIN, FastOpen.TLS_ONLY, TLS, FastOpen.OFF)),
            true,
            () -> true,
            memory);
    assertThat(own.attempt(PLAIN, ADDRESS, FirstWrite.TLS))
        .as("its own comes first")
        .isNotSameAs(FastOpenAttempt.NONE);
    FastOpenPolicy ofPlainData =
        new FastOpenPolicy(
            settings(FastOpen.OFF, Map.of(TLS, FastOpen.IDEMPOTENT_DATA)),
            true,
            () -> true,
            memory);
    assertThat(ofPlainData.attempt(PLAIN, ADDRESS, FirstWrite.IDEMPOTENT))
        .isSameAs(FastOpenAttempt.NONE);
  }

  @Test
  void theKernelIsAskedAtEachUse() {
    AtomicBoolean kernel = new AtomicBoolean();
    AtomicInteger asked = new AtomicInteger();
    FastOpenPolicy policy =
        new FastOpenPolicy(
            settings(FastOpen.TLS_ONLY, Map.of()),
            true,
            () -> {
              asked.incrementAndGet();
              return kernel.get();
            },
            memory);
    assertThat(asks(policy, TLS, true)).isFalse();
    kernel.set(true);
    assertThat(asks(policy, TLS, true)).isTrue();
    kernel.set(false);
    assertThat(asks(policy, TLS, true)).isFalse();

    asked.set(0);
    assertThat(asks(policy, PLAIN, true)).isFalse();
    assertThat(asked).as("reads for a dial without Fast Open").hasValue(0);
  }

  @Test
  void aTransportThatCannotIsNotAsked() {
    FastOpenPolicy policy =
        new FastOpenPolicy(settings(FastOpen.IDEMPOTENT_DATA, Map.of()), false, () -> true, memory);

    assertThat(asks(policy, PLAIN, true)).isFalse();
    assertThat(asks(policy, TLS, true)).isFalse();
  }

  @Test
  void anAddressThatDidBadlyIsLeftAlone() {
    memory.failed(ADDRESS);

    assertThat(asks(policy(FastOpen.IDEMPOTENT_DATA), PLAIN, true)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = FailureKind.class,
      names = {"REFUSED", "TIMED_OUT", "RESET", "HOST_UNREACHABLE", "DENIED"})
  void whateverTheNetworkAnsweredIsRemembered(FailureKind kind) {
    FailureDetails details =
        FailureDetails.of(kind, FailurePhase.CONNECT)
            .withElapsedNanos(Duration.ofMillis(1_200).toNanos());
    new FastOpenAttempt(memory, ADDRESS).failed(Failures.exception(details));

    assertThat(memory.isGood(ADDRESS)).isFalse();
  }

  @Test
  void aCallerWhoHadNoTimeSaysNothingOfTheNetwork() {
    FailureDetails details =
        FailureDetails.of(FailureKind.TIMED_OUT, FailurePhase.CONNECT)
            .withElapsedNanos(Duration.ofMillis(20).toNanos());
    new FastOpenAttempt(memory, ADDRESS).failed(Failures.exception(details));

    assertThat(memory.isGood(ADDRESS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = FailureKind.class,
      names = {"CLOSED", "INTERRUPTED", "DESCRIPTORS_EXHAUSTED", "LOCAL_PORTS_EXHAUSTED"})
  void whatThisHostDidItselfIsNot(FailureKind kind) {
    new FastOpenAttempt(memory, ADDRESS).failed(failure(kind, FailurePhase.CONNECT));

    assertThat(memory.isGood(ADDRESS)).isTrue();
  }

  @Test
  void aFailureAfterTheHandshakeIsNoMatterOfFastOpen() {
    new FastOpenAttempt(memory, ADDRESS)
        .failed(failure(FailureKind.RESET, FailurePhase.TLS_HANDSHAKE));

    assertThat(memory.isGood(ADDRESS)).isTrue();
  }

  private static IOException failure(FailureKind kind, FailurePhase phase) {
    return Failures.exception(FailureDetails.of(kind, phase));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "3\n", "1027\n", "519"})
  void theFirstBitIsTheClients(String content, @TempDir Path folder) throws IOException {
    assertThat(allows(folder, content)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0\n", "2", "1026\n", "", "on", "99999999999999999999"})
  void withoutItOrWithoutSenseItIsOff(String content, @TempDir Path folder) throws IOException {
    assertThat(allows(folder, content)).isFalse();
  }

  @Test
  void anUnreadableFileIsOff(@TempDir Path folder) {
    assertThat(FastOpenPolicy.allows(folder.resolve("none").toString())).isFalse();
    assertThat(FastOpenPolicy.allows(folder.toString())).isFalse();
  }

  private static boolean allows(Path folder, String content) throws IOException {
    return FastOpenPolicy.allows(
        Files.writeString(folder.resolve("tcp_fastopen"), content).toString());
  }
}
