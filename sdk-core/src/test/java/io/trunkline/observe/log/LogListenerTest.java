package io.trunkline.observe.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.BreakerState;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CapturedLog;
import io.trunkline.observe.CloseReason;
import io.trunkline.observe.SampleEvents;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogListenerTest {
  private static final Endpoint DB = Endpoint.tcp("db.example", 5432);
  private static final Endpoint API = Endpoint.tls("api.example", 443);

  private final AtomicLong now = new AtomicLong(-3);
  private final LogListener listener =
      new LogListener(LoggerFactory.getLogger(LogListenerTest.class), now::get);

  private static List<String> lines(Runnable action) {
    return CapturedLog.of(action).lines().toList();
  }

  private void refused(Endpoint endpoint) {
    IOException failure =
        Failures.exception(
            FailureDetails.of(FailureKind.REFUSED, FailurePhase.CONNECT).withEndpoint(endpoint));
    listener.connectFailed(endpoint, SampleEvents.ADDRESS, 1_000, failure);
  }

  @Test
  void aRequestIsNeverALine() {
    assertThat(
            lines(
                () -> {
                  listener.resolved(DB, 1, List.of(SampleEvents.ADDRESS));
                  listener.connectStarted(DB, SampleEvents.ADDRESS);
                  listener.connected(DB, SampleEvents.ADDRESS, 1, Optional.empty());
                  listener.connectCancelled(DB, SampleEvents.ADDRESS, 1);
                  listener.tlsEstablished(DB, SampleEvents.ADDRESS, 1, "TLSv1.3");
                  listener.acquired(DB, 1, true);
                  listener.released(DB, 1);
                  listener.sampled(DB, SampleEvents.ADDRESS, SampleEvents.tcpInfo(1, 1, 0), 0);
                  listener.closed(DB, SampleEvents.ADDRESS, CloseReason.PEER_CLOSED, 1);
                  listener.probed(DB, 1, Optional.empty());
                }))
        .isEmpty();
    assertThat(listener.hearsEveryLease()).isFalse();
    assertThat(listener.hearsSamples()).isFalse();
    assertThat(listener.hearsConnects()).isFalse();
  }

  @Test
  void aChangeOfStateIsOneLine() {
    assertThat(
            lines(
                () -> {
                  listener.managerStarted(SampleEvents.TRANSPORT, Map::of);
                  listener.breakerChanged(
                      DB,
                      BreakerState.CLOSED,
                      BreakerState.OPEN,
                      Optional.of(SampleEvents.failure(FailureKind.REFUSED)));
                  listener.breakerChanged(
                      DB, BreakerState.OPEN, BreakerState.CLOSED, Optional.empty());
                  listener.drained(DB, Optional.empty());
                  listener.drained(DB, Optional.of(SampleEvents.ADDRESS));
                  listener.managerClosed(Map::of);
                }))
        .satisfiesExactly(
            line -> assertThat(line).contains("INFO", "manager started", "jni"),
            line ->
                assertThat(line)
                    .contains("WARN", "db.example:5432", "CLOSED -> OPEN", "connection refused"),
            line -> assertThat(line).contains("INFO", "db.example:5432", "OPEN -> CLOSED"),
            line -> assertThat(line).contains("INFO", "db.example:5432", "drained"),
            line -> assertThat(line).contains("INFO", "192.0.2.77:5432", "withdrawn"),
            line -> assertThat(line).contains("INFO", "manager closed"));
  }

  @Test
  void theFirstFailureIsALineAtOnceAndThenOneAMinuteCountsTheOthers() {
    assertThat(
            lines(
                () -> {
                  for (int i = 0; i < 1_000; i++) {
                    refused(DB);
                  }
                }))
        .singleElement()
        .satisfies(
            line -> assertThat(line).contains("WARN", "db.example:5432", "connection refused"))
        .satisfies(line -> assertThat(line).doesNotContain("more of this kind"));
    now.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(lines(() -> refused(DB))).isEmpty();
    now.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(lines(() -> refused(DB)))
        .singleElement()
        .satisfies(line -> assertThat(line).contains("(1000 more of this kind"));
    now.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(lines(() -> refused(DB)))
        .singleElement()
        .satisfies(line -> assertThat(line).doesNotContain("more of this kind"));
  }

  @Test
  void anotherKindOrEndpointHasItsOwnMinute() {
    assertThat(
            lines(
                () -> {
                  refused(DB);
                  refused(API);
                  listener.connectFailed(
                      DB, SampleEvents.ADDRESS, 1, SampleEvents.timedOut(/* unansweredSyns= */ 2));
                  listener.tlsFailed(
                      API, SampleEvents.ADDRESS, 1, SampleEvents.failure(FailureKind.TLS_FAILED));
                  listener.resolveFailed(
                      DB, 1, SampleEvents.failure(FailureKind.RESOLUTION_FAILED));
                  refused(DB);
                  refused(API);
                }))
        .hasSize(5);
  }

  @Test
  void ofAcquiresOnlyWhatThePoolItselfRefusedIsALine() {
    assertThat(
            lines(
                () -> {
                  for (FailureKind kind : FailureKind.values()) {
                    listener.acquireFailed(DB, 1, SampleEvents.failure(kind));
                  }
                }))
        .satisfiesExactly(
            line -> assertThat(line).contains("no connection free in time"),
            line -> assertThat(line).contains("too many callers wait"));
  }

  @Test
  void whatThisSideWantedIsNoFailure() {
    assertThat(
            lines(
                () -> {
                  listener.connectFailed(
                      DB, SampleEvents.ADDRESS, 1, SampleEvents.failure(FailureKind.INTERRUPTED));
                  listener.connectFailed(
                      DB, SampleEvents.ADDRESS, 1, SampleEvents.failure(FailureKind.CLOSED));
                }))
        .isEmpty();
  }

  @Test
  void aMessageOfManyLinesBecomesOne() {
    assertThat(
            lines(
                () ->
                    listener.tlsFailed(
                        API,
                        SampleEvents.ADDRESS,
                        1,
                        Failures.exception(
                            FailureDetails.of(
                                    FailureKind.CERTIFICATE_UNTRUSTED, FailurePhase.TLS_HANDSHAKE)
                                .withNote("subject\nWARN forged line\r\n\tend")))))
        .singleElement()
        .satisfies(line -> assertThat(line).contains("subject WARN forged line end"));
  }

  /** What a library said of a request may hold what was in it. */
  @Test
  void ofAnExceptionThatIsNotOursOnlyTheClassIsWritten() {
    IOException foreign = new IOException("GET http://discovery/v1?token=s3cr3t");
    assertThat(lines(() -> listener.resolveFailed(API, 1, foreign)))
        .singleElement()
        .satisfies(
            line -> assertThat(line).contains("java.io.IOException").doesNotContain("s3cr3t"));
  }

  @Test
  void aForgottenEndpointBeginsAnew() {
    assertThat(
            lines(
                () -> {
                  refused(DB);
                  listener.forgotten(DB);
                  refused(DB);
                }))
        .hasSize(2);
  }
}
