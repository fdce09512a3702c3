package io.trunkline.failure;

/**
 * What a repetition could do about a failure. It speaks of the connection alone: whether the
 * request may be sent twice is the caller's knowledge.
 */
public enum RetryAdvice {
  /** A repetition meets the same fault. */
  NEVER("do not retry"),
  /** This address answered for itself; another one of the same endpoint may do better. */
  ANOTHER_ADDRESS("try another address"),
  /** The fault may pass: wait, with jitter, then try the same address again. */
  SAME_ADDRESS_AFTER_BACKOFF("retry after a back-off"),
  /** The connection is gone, the service may well be there: dial anew at once. */
  NEW_CONNECTION_NOW("retry on a new connection at once");

  private final String words;

  RetryAdvice(String words) {
    this.words = words;
  }

  /** The advice in words, for messages. */
  public String words() {
    return words;
  }
}
