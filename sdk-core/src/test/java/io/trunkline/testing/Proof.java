package io.trunkline.testing;

import java.time.Duration;

/**
 * The time of a proof run ({@code -Pproof}, tests tagged "proof"), of which each suite takes its
 * share, so that all of them together end in time whatever the run is given.
 */
public final class Proof {
  /** The rest is for what takes as long as it takes: JVMs, servers, what is short anyway. */
  private static final double PLANNED = 0.8;

  private static final long SECONDS = Long.getLong("trunkline.proof.seconds", 300);

  private Proof() {}

  /**
   * How long a suite may work.
   *
   * @param part of the whole, above 0 and up to 1: all suites together stay within 1
   */
  public static Duration share(double part) {
    return Duration.ofMillis((long) (SECONDS * 1_000 * PLANNED * part));
  }
}
