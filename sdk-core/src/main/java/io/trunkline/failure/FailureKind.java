package io.trunkline.failure;

/**
 * What really happened. Each kind has another cause and another fix; {@code docs/failures.md} has a
 * paragraph for each.
 */
public enum FailureKind {
  RESOLUTION_FAILED(
      "host name not resolved",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "check the spelling, and the resolver with: getent ahosts <host>"),
  REFUSED(
      "connection refused",
      RetryAdvice.ANOTHER_ADDRESS,
      "a host answered, but nothing listens on that port, or a firewall rejects: on the host, ss -ltn"),
  TIMED_OUT(
      "no answer",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "packets are dropped (firewall, full accept queue, dead host), or the network stands still"),
  HOST_UNREACHABLE(
      "host unreachable",
      RetryAdvice.ANOTHER_ADDRESS,
      "a router or the own network says this host cannot be reached: host down, ARP unanswered, or filtered"),
  NETWORK_UNREACHABLE(
      "network unreachable",
      RetryAdvice.ANOTHER_ADDRESS,
      "there is no route: ip route get <address>"),
  RESET(
      "connection reset by peer",
      RetryAdvice.NEW_CONNECTION_NOW,
      "the peer, or a box between, dropped the connection with a RST: its process died, or it forgot the connection"),
  PEER_CLOSED(
      "connection closed by peer",
      RetryAdvice.NEW_CONNECTION_NOW,
      "the peer closed in good order: its idle timeout or a restart; keep the idle timeout here below the peer's"),
  LOCAL_PORTS_EXHAUSTED(
      "no local port left",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "all local ports towards this address are in use, often in TIME_WAIT: pool more, or widen ip_local_port_range"),
  DESCRIPTORS_EXHAUSTED(
      "no file descriptor left",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "this process (EMFILE) or the system (ENFILE) has too many files open: raise ulimit -n, look for leaks"),
  OUT_OF_BUFFERS(
      "kernel out of memory for sockets",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "check net.ipv4.tcp_mem and the memory of this host"),
  DENIED(
      "connection denied",
      RetryAdvice.ANOTHER_ADDRESS,
      "a local firewall or security policy refuses it, or a router said administratively prohibited"),
  DENIED_BY_POLICY(
      "address denied by policy",
      RetryAdvice.NEVER,
      "the address policy of this manager refuses the address; no socket was opened to it"),
  ADDRESS_UNUSABLE(
      "address not usable",
      RetryAdvice.ANOTHER_ADDRESS,
      "no source address for this family, the local address is not of this host, or the scope is missing"),
  CERTIFICATE_EXPIRED(
      "certificate expired or not yet valid",
      RetryAdvice.NEVER,
      "renew the certificate on the server, or set the clock that is wrong"),
  CERTIFICATE_UNTRUSTED(
      "certificate not trusted",
      RetryAdvice.NEVER,
      "no way to a trusted root: the server does not send its intermediate certificates, or its CA is missing in the trust store here"),
  CERTIFICATE_NAME_MISMATCH(
      "certificate is for another name",
      RetryAdvice.NEVER,
      "ask for a name that the certificate has, or have the name added; or the name leads to the wrong server"),
  TLS_PROTOCOL(
      "no TLS in common",
      RetryAdvice.NEVER,
      "no protocol version, cipher suite or application protocol in common, or no TLS on that port"),
  TLS_TRUNCATED(
      "TLS stream cut off",
      RetryAdvice.NEW_CONNECTION_NOW,
      "TCP ended without the peer's close_notify, so what was read may be incomplete: its process died, or it never sends one"),
  TLS_FAILED(
      "TLS failed",
      RetryAdvice.NEVER,
      "see the note and the cause; where the peer sent an alert, its log has the reason"),
  READ_TIMED_OUT(
      "no data within the read limit",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "the connection stands but the peer did not answer in time: it is slow, or it waits for more of the request"),
  WRITE_TIMED_OUT(
      "no progress within the write limit",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "the peer does not read, its window is full, or the network drops"),
  ACQUIRE_TIMED_OUT(
      "no connection free in time",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "all connections are leased, or dials do not succeed (see the cause): leases held too long, or the cap too low"),
  QUEUE_FULL(
      "too many callers wait",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "the wait queue is at its bound: shed load, or raise the cap of connections"),
  BREAKER_OPEN(
      "circuit breaker open",
      RetryAdvice.SAME_ADDRESS_AFTER_BACKOFF,
      "dials to this endpoint failed repeatedly; a probe closes the breaker when it answers again"),
  INTERRUPTED(
      "interrupted",
      RetryAdvice.NEVER,
      "the calling thread was interrupted; its interrupt flag is set"),
  CLOSED(
      "closed on this side",
      RetryAdvice.NEVER,
      "this side closed the connection, the lease or the manager before the operation ended"),
  OTHER("failed", RetryAdvice.NEVER, "see the errno in errno(3), or the cause");

  private final String title;
  private final RetryAdvice advice;
  private final String hint;

  FailureKind(String title, RetryAdvice advice, String hint) {
    this.title = title;
    this.advice = advice;
    this.hint = hint;
  }

  /** A few words for a message. */
  public String title() {
    return title;
  }

  /** What to look at, in one sentence. */
  public String hint() {
    return hint;
  }

  /** What a repetition could do, given how far the request had come. */
  public RetryAdvice advice(FailurePhase phase) {
    return switch (this) {
      // Before it was established there is nothing to renew: a reset SYN is an answer of this
      // address.
      case RESET, PEER_CLOSED ->
          phase == FailurePhase.CONNECT ? RetryAdvice.ANOTHER_ADDRESS : advice;
      // The peer or a firewall forgot an established connection; a new handshake may pass at once.
      case TIMED_OUT -> phase.isEstablished() ? RetryAdvice.NEW_CONNECTION_NOW : advice;
      default -> advice;
    };
  }
}
