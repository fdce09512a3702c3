package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is repeated, and when: a table. */
class RetryRuleTest {
  private static ConnectionFailure failure(FailureKind kind, FailurePhase phase) {
    FailureDetails details = FailureDetails.of(kind, phase);
    return () -> details;
  }

  @ParameterizedTest
  @CsvSource({
    // A dial: nothing was sent.
    "TIMED_OUT,            CONNECT,       AFTER_BACKOFF",
    "TIMED_OUT,            TLS_HANDSHAKE, AFTER_BACKOFF",
    "RESOLUTION_FAILED,    RESOLVE,       AFTER_BACKOFF",
    "LOCAL_PORTS_EXHAUSTED, CONNECT,      AFTER_BACKOFF",
    "RESET,                TLS_HANDSHAKE, AFTER_BACKOFF",
    "PEER_CLOSED,          INITIALIZE,    AFTER_BACKOFF",
    "REFUSED,              CONNECT,       GIVE_UP",
    "HOST_UNREACHABLE,     CONNECT,       GIVE_UP",
    "RESET,                CONNECT,       GIVE_UP",
    "DENIED,               CONNECT,       GIVE_UP",
    "TLS_FAILED,           TLS_HANDSHAKE, GIVE_UP",
    "INTERRUPTED,          CONNECT,       GIVE_UP",
    "CLOSED,               CONNECT,       GIVE_UP",
    "OTHER,                CONNECT,       GIVE_UP",
    // The pool: the caller has waited, or is told that there is too much.
    "ACQUIRE_TIMED_OUT,    ACQUIRE,       GIVE_UP",
    "QUEUE_FULL,           ACQUIRE,       GIVE_UP",
    "BREAKER_OPEN,         ACQUIRE,       GIVE_UP",
    "INTERRUPTED,          ACQUIRE,       GIVE_UP",
    "CLOSED,               ACQUIRE,       GIVE_UP",
  })
  void withoutALease(FailureKind kind, FailurePhase phase, RetryRule rule) {
    assertThat(RetryRule.withoutLease(failure(kind, phase))).isEqualTo(rule);
  }

  @ParameterizedTest
  @CsvSource({
    // kind, phase, reused, sent, answered, idempotent
    "RESET,           READ,  true,  true,  false, true,  AT_ONCE",
    "PEER_CLOSED,     READ,  true,  true,  false, true,  AT_ONCE",
    "TIMED_OUT,       READ,  true,  true,  false, true,  AT_ONCE",
    "RESET,           WRITE, true,  false, false, false, AT_ONCE",
    "PEER_CLOSED,     WRITE, true,  false, false, true,  AT_ONCE",
    "RESET,           READ,  true,  true,  false, false, GIVE_UP",
    "PEER_CLOSED,     READ,  true,  true,  false, false, GIVE_UP",
    "PEER_CLOSED,     READ,  true,  true,  true,  true,  GIVE_UP",
    "RESET,           READ,  true,  false, true,  true,  GIVE_UP",
    // The first write of a connection with Fast Open makes its handshake, with one address.
    "REFUSED,         CONNECT, false, true, false, true,  AT_ONCE",
    "TIMED_OUT,       CONNECT, false, true, false, true,  AFTER_BACKOFF",
    "REFUSED,         CONNECT, false, true, false, false, GIVE_UP",
    "REFUSED,         CONNECT, false, false, false, false, AT_ONCE",
    "CLOSED,          CONNECT, false, true, false, true,  GIVE_UP",
    // A new connection that died may have died of the request.
    "RESET,           READ,  false, true,  false, true,  GIVE_UP",
    "PEER_CLOSED,     READ,  false, false, false, true,  GIVE_UP",
    // A peer that is slow.
    "READ_TIMED_OUT,  READ,  true,  true,  false, true,  AFTER_BACKOFF",
    "READ_TIMED_OUT,  READ,  false, true,  false, true,  AFTER_BACKOFF",
    "READ_TIMED_OUT,  READ,  false, false, false, false, AFTER_BACKOFF",
    "READ_TIMED_OUT,  READ,  true,  true,  false, false, GIVE_UP",
    "READ_TIMED_OUT,  READ,  true,  true,  true,  true,  GIVE_UP",
    "WRITE_TIMED_OUT, WRITE, true,  true,  false, true,  AFTER_BACKOFF",
    "WRITE_TIMED_OUT, WRITE, true,  true,  false, false, GIVE_UP",
    // This side's own doing, and what is unknown.
    "CLOSED,          READ,  true,  false, false, true,  GIVE_UP",
    "OTHER,           READ,  true,  false, false, true,  GIVE_UP",
    // What another dial within the exchange met is not a failure of this lease.
    "TIMED_OUT,       CONNECT, true, false, false, true, GIVE_UP",
    "BREAKER_OPEN,    ACQUIRE, true, false, false, true, GIVE_UP",
  })
  void onALease(
      FailureKind kind,
      FailurePhase phase,
      boolean reused,
      boolean sent,
      boolean answered,
      boolean idempotent,
      RetryRule rule) {
    RetryRule.Seen seen = new RetryRule.Seen(reused, sent, answered);
    assertThat(RetryRule.onLease(failure(kind, phase), seen, idempotent)).isEqualTo(rule);
  }

  @Test
  void whatMayHaveBeenSentIsNeverRepeatedUnlessItMayComeTwice() {
    RetryRule.Seen sent = new RetryRule.Seen(true, true, false);
    for (FailureKind kind : FailureKind.values()) {
      Stream.of(FailurePhase.values())
          .forEach(
              phase ->
                  assertThat(RetryRule.onLease(failure(kind, phase), sent, false))
                      .isEqualTo(RetryRule.GIVE_UP));
    }
  }
}
