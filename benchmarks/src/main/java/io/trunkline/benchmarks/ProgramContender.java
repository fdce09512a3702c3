package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A program that is run once for each turn, and gets warm by itself. */
final class ProgramContender implements Contender {
  private final Callable<Cost> program;
  private final List<Cost> costs = new ArrayList<>();

  ProgramContender(Callable<Cost> program) {
    this.program = program;
  }

  @Override
  public void warmUp() {}

  @Override
  public void takeWarmUpTurn() {}

  @Override
  public void takeTurn() throws Exception {
    costs.add(program.call());
  }

  @Override
  public List<Cost> costs() {
    return List.copyOf(costs);
  }

  @Override
  public void close() {}
}
