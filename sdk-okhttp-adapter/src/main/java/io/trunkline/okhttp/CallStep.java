package io.trunkline.okhttp;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;

/** How far a call has come: what a timeout, or the end of the connection, means there. */
enum CallStep {
  WAITING(FailurePhase.ACQUIRE, FailureKind.ACQUIRE_TIMED_OUT),
  CONNECTING(FailurePhase.CONNECT, FailureKind.TIMED_OUT),
  TLS_HANDSHAKE(FailurePhase.TLS_HANDSHAKE, FailureKind.TIMED_OUT),
  WRITING(FailurePhase.WRITE, FailureKind.WRITE_TIMED_OUT),
  READING(FailurePhase.READ, FailureKind.READ_TIMED_OUT);

  final FailurePhase phase;
  final FailureKind timeout;

  CallStep(FailurePhase phase, FailureKind timeout) {
    this.phase = phase;
    this.timeout = timeout;
  }
}
