package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.util.List;

/**
 * One subject among those that are measured in turns: it gets warm by itself, and is measured turn
 * by turn.
 */
interface Contender extends AutoCloseable {
  /** Starts it and waits until it is warm but for the turns that all have in common. */
  void warmUp() throws Exception;

  /** A turn that is not measured. */
  void takeWarmUpTurn() throws Exception;

  /** Measures it for a moment; it does nothing before and after. */
  void takeTurn() throws Exception;

  /** After the last turn: what an operation cost in each of them. */
  List<Cost> costs() throws Exception;

  @Override
  void close() throws Exception;
}
