package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.util.List;

/**
 * One subject among those that are measured in turns: it gets warm by itself, and is measured turn
 * by turn.
 */
interface Contender extends AutoCloseable {
  /** Starts it and waits until it is warm. */
  void warmUp() throws Exception;

  /** Measures it for a moment; it does nothing before and after. */
  void takeTurn() throws Exception;

  /** After the last turn: what an operation cost in each of them. */
  List<Cost> costs() throws Exception;

  @Override
  void close() throws Exception;
}
