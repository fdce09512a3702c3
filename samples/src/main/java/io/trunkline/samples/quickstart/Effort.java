package io.trunkline.samples.quickstart;

/**
 * How long the comparisons run.
 *
 * @param warmUpMillis before the first round, for each variant
 * @param warmUpConnections most new connections of one warm-up
 * @param rounds how often each variant has its turn
 * @param roundMillis the length of one turn
 * @param roundConnections most new connections of one turn: each leaves a local port in TIME_WAIT
 *     for a minute, and there are some 28,000 towards one address
 */
record Effort(
    int warmUpMillis, int warmUpConnections, int rounds, int roundMillis, int roundConnections) {
  /** Fits into some twelve seconds together with the failures. */
  static final Effort FULL = new Effort(500, 1_500, 10, 100, 750);

  /** For tests: right, but not steady. */
  static final Effort SHORT = new Effort(100, 500, 2, 50, 500);

  private static final int FOREIGN_WARM_UP = 5;
  private static final int FOREIGN_CONNECTIONS = 80;

  /**
   * For somebody's server: fewer than 100 connections in all, because some servers lock out a
   * client that connects a hundred times and says nothing (MySQL's max_connect_errors). The longer
   * turns leave time for a distant one.
   */
  Effort forForeignServer() {
    return new Effort(
        warmUpMillis, FOREIGN_WARM_UP, rounds, 4 * roundMillis, FOREIGN_CONNECTIONS / rounds);
  }
}
