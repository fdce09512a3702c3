package io.trunkline.failure;

/** How far a request had come when it failed. */
public enum FailurePhase {
  /** Waiting for a connection of the pool, or for leave to dial. */
  ACQUIRE("acquiring"),
  /** Turning the host name into addresses. */
  RESOLVE("resolving"),
  /** From the SYN to ESTABLISHED. */
  CONNECT("connecting"),
  /** The TLS handshake. */
  TLS_HANDSHAKE("in the TLS handshake"),
  /** The initializer of a new connection. */
  INITIALIZE("initializing"),
  /** Reading on an established connection. */
  READ("reading"),
  /** Writing on an established connection. */
  WRITE("writing");

  private final String words;

  FailurePhase(String words) {
    this.words = words;
  }

  /** The phase in words, for messages. */
  public String words() {
    return words;
  }

  /** Whether the connection was established. */
  public boolean isEstablished() {
    return this == INITIALIZE || this == READ || this == WRITE;
  }
}
