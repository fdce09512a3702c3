package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;

/** One subject of a round: it gets warm by itself, and is measured turn by turn. */
interface Contender extends AutoCloseable {
  /** Starts it and waits until it is warm. */
  void warmUp() throws Exception;

  /** Measures it for a moment; it does nothing before and after. */
  void takeTurn() throws Exception;

  /** After the last turn: what an operation cost, over all turns. */
  Cost cost() throws Exception;

  @Override
  void close() throws Exception;
}
