package io.trunkline.benchmarks;

import io.trunkline.benchmarks.Results.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;

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
  public void takeTurn() throws Exception {
    costs.add(program.call());
  }

  @Override
  public Cost cost() {
    return costs.size() == 1
        ? costs.get(0)
        : new Cost(mean(Cost::nanos), mean(Cost::cpuNanos), mean(Cost::waits), mean(Cost::bytes));
  }

  private double mean(ToDoubleFunction<Cost> figure) {
    return costs.stream().mapToDouble(figure).average().orElseThrow();
  }

  @Override
  public void close() {}
}
