package io.trunkline.samples.live.downstream;

/** How a downstream service treats its clients. */
public enum Behaviour {
  WELL("Answer well", "Each request is answered after a few milliseconds."),

  REFUSE(
      "Refuse",
      "The process has ended: its connections are closed, and nothing listens on the port. A SYN is"
          + " answered with a RST. Dials fail with REFUSED within a millisecond, and five of them"
          + " open the breaker."),

  SILENT(
      "Go silent",
      "It hangs: requests on open connections get no answer, it accepts no more, and once its accept"
          + " queue is full the kernel drops each SYN. First READ_TIMED_OUT, then TIMED_OUT with the"
          + " number of SYNs that nobody answered, then the breaker opens."),

  RESET(
      "Reset",
      "It reads the request and drops the connection with a RST. Handshakes succeed, so this is no"
          + " case for the breaker: each call fails with RESET in the phase in which it happened."),

  SLOW(
      "Slow down",
      "Each answer takes 700 ms. Little's law does the rest: more connections are busy, the pool"
          + " reaches its cap, calls wait, and those that wait too long fail with ACQUIRE_TIMED_OUT.");

  private final String label;
  private final String meaning;

  Behaviour(String label, String meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /** What a button says. */
  public String label() {
    return label;
  }

  /** What happens on the wire, and what a client sees of it. */
  public String meaning() {
    return meaning;
  }
}
