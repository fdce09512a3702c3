package io.trunkline.transport;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailurePhase;
import io.trunkline.testing.Descriptors;
import io.trunkline.testing.Faults;
import io.trunkline.testing.VirtualThreadsForTests;
import io.trunkline.transport.FaultScenarios.Resources;
import io.trunkline.transport.FaultScenarios.Scenario;
import io.trunkline.transport.FaultScenarios.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Lets every system call that the library makes in a step of a caller fail with every errno, one
 * call at a time, and says what came of it. Arguments: the library for {@link Faults}, and {@code
 * platform} or {@code virtual}.
 */
final class FaultWalkMain {
  private static final long PATIENCE_SECONDS = 10;
  private static final String HANGS = "it hangs";

  /** Whether a thread parks, and has to tell the epoll thread so, is a matter of moments. */
  private static final int RUNS_WITHOUT = 10;

  /** For what virtual threads do beyond platform threads. */
  private static final Set<String> PARKING =
      Set.of("connect", "race", "connect refused", "exchange", "manager", "read nothing", "watch");

  /** Edge-triggered epoll rests on it that the kernel says EAGAIN only where it will say more. */
  private static final Set<String> TRANSFERS = Set.of("recv", "send");

  private static final List<Integer> MOST_LIKELY =
      List.of(
          Errno.EPERM,
          Errno.EINTR,
          Errno.EBADF,
          Errno.EAGAIN,
          Errno.ENOMEM,
          Errno.EINVAL,
          Errno.EMFILE,
          Errno.ENOSPC,
          Errno.EPIPE,
          Errno.ECONNRESET);

  private final List<String> wrong = new ArrayList<>();
  private final Set<String> callsSeen = new TreeSet<>();
  private int cases;

  /**
   * What came of a step.
   *
   * @param after what came of the one after it, when nothing failed any more
   */
  private record Ran(String outcome, String after) {}

  private FaultWalkMain() {}

  public static void main(String[] arguments) throws Exception {
    Faults.load(Path.of(arguments[0]));
    FaultWalkMain walk = new FaultWalkMain();
    try (FaultScenarios scenarios = new FaultScenarios()) {
      for (Scenario scenario : scenarios.all()) {
        if (arguments[1].equals("platform")) {
          walk.everyCallWithEveryError(scenario);
        } else if (PARKING.contains(scenario.name())) {
          walk.onVirtualThreads(scenario);
        }
      }
    }
    walk.wrong.forEach(each -> System.out.println("wrong: " + each));
    System.out.println("calls: " + walk.callsSeen);
    System.out.println("walk ended: " + walk.cases + " cases, " + walk.wrong.size() + " wrong");
  }

  // ---- on a platform thread: each call by its place ----

  private void everyCallWithEveryError(Scenario scenario) throws Exception {
    run(scenario, 0, Errno.NONE); // what is loaded and kept from the first time on
    Ran without = run(scenario, 0, Errno.NONE);
    List<String> calls = Faults.calls();
    callsSeen.addAll(calls);
    for (int i = 0; i < calls.size(); i++) {
      String call = calls.get(i);
      int nth = Collections.frequency(calls.subList(0, i), call);
      int of = Collections.frequency(calls, call);
      for (int error : FaultRules.ERRORS) {
        FaultRules.Fault fault =
            new FaultRules.Fault(scenario.name(), scenario.phase(), call, nth, of, error);
        long before = Descriptors.open();
        Ran ran = run(scenario, i, error);
        check(fault, FaultRules.expected(fault, without.outcome()), ran.outcome());
        checkAfter(fault, without, ran);
        awaitCount(fault, before);
      }
    }
  }

  private static Ran run(Scenario scenario, int pass, int error) throws Exception {
    try (Resources resources = new Resources()) {
      Step step = scenario.preparation().prepare(resources);
      Faults.arm(null, pass, 1, error, true);
      String outcome = outcome(step);
      Faults.disarm();
      return new Ran(outcome, outcome(resources.after));
    }
  }

  /** What it returned, or errno, kind and phase. */
  private static String outcome(Step step) {
    try {
      return String.valueOf(step.run());
    } catch (IOException failed) {
      return failed instanceof ConnectionFailure failure
          ? failure.errno() + " " + failure.kind() + " " + failure.phase()
          : failed.toString();
    } catch (Throwable defect) {
      return "defect: " + defect;
    }
  }

  private void check(FaultRules.Fault fault, String expected, String outcome) {
    cases++;
    if (!outcome.equals(expected)) {
      wrong.add(describe(fault) + ": " + outcome + ", expected " + expected);
    }
  }

  private void checkAfter(FaultRules.Fault fault, Ran without, Ran ran) {
    if (!ran.after().equals(without.after())) {
      wrong.add(describe(fault) + ": after it " + ran.after() + ", expected " + without.after());
    }
  }

  private static String describe(FaultRules.Fault fault) {
    return fault.scenario()
        + ", "
        + fault.call()
        + " "
        + (fault.nth() + 1)
        + " of "
        + fault.of()
        + " failing with "
        + Errno.name(fault.error());
  }

  private void awaitCount(FaultRules.Fault fault, long before) throws Exception {
    try {
      Descriptors.awaitCount(before);
    } catch (AssertionError leaked) {
      wrong.add(describe(fault) + ": " + leaked.getMessage());
    }
  }

  // ---- on virtual threads: calls of all threads, whose order is not told ----

  private void onVirtualThreads(Scenario scenario) throws Exception {
    Ran without = new Ran("", "");
    Set<String> calls = new TreeSet<>();
    for (int i = 0; i < RUNS_WITHOUT; i++) {
      without = runVirtual(scenario, null, 0, Errno.NONE);
      calls.addAll(Faults.calls());
    }
    callsSeen.addAll(calls);
    for (String call : calls) {
      for (int pass = 0; pass < 3; pass++) {
        for (int error : MOST_LIKELY) {
          if (error == Errno.EAGAIN && TRANSFERS.contains(call)) {
            continue;
          }
          FaultRules.Fault fault =
              new FaultRules.Fault(scenario.name(), scenario.phase(), call, pass, 3, error);
          long before = Descriptors.open();
          Ran ran = runVirtual(scenario, call, pass, error);
          checkVirtual(fault, without.outcome(), ran.outcome());
          checkAfter(fault, without, ran);
          awaitCount(fault, before);
        }
      }
    }
  }

  private static Ran runVirtual(Scenario scenario, String call, int pass, int error)
      throws Exception {
    try (Resources resources = new Resources()) {
      FutureTask<String> task =
          new FutureTask<>(
              () -> {
                Step step = scenario.preparation().prepare(resources);
                Faults.arm(call, pass, 1, error, false);
                return outcome(step);
              });
      VirtualThreadsForTests.start(task);
      String outcome = within(task);
      Faults.disarm();
      FutureTask<String> after = new FutureTask<>(() -> outcome(resources.after));
      VirtualThreadsForTests.start(after);
      return new Ran(outcome, within(after));
    }
  }

  private static String within(FutureTask<?> task) throws Exception {
    try {
      return String.valueOf(task.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } catch (TimeoutException hangs) {
      return HANGS;
    }
  }

  /** Which call it was is not told, so that it went well is right, too: another tries again. */
  private void checkVirtual(FaultRules.Fault fault, String without, String outcome) {
    cases++;
    boolean told =
        outcome.startsWith(fault.error() + " ")
            && List.of(FailurePhase.values()).stream()
                .anyMatch(phase -> outcome.endsWith(" " + phase));
    boolean idle = fault.call().equals("poll") && outcome.equals("PEER_CLOSED");
    if (!outcome.equals(without) && !told && !idle) {
      wrong.add(describe(fault) + ", on a virtual thread: " + outcome);
    }
  }
}
