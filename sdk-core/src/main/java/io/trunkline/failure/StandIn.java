package io.trunkline.failure;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * Takes the place of an exception in a log: its class, stack and causes, and of its texts only
 * those of Trunkline.
 */
final class StandIn extends Exception {
  private final transient String shown;

  private StandIn(Throwable original, Set<Throwable> seen) {
    super(null, cause(original, seen), true, true);
    this.shown = Failures.shown(original);
    setStackTrace(original.getStackTrace());
    for (Throwable suppressed : original.getSuppressed()) {
      if (seen.add(suppressed)) {
        addSuppressed(new StandIn(suppressed, seen));
      }
    }
  }

  static StandIn of(Throwable original) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    seen.add(original);
    return new StandIn(original, seen);
  }

  /** Null for none, and where the causes run in a circle. */
  private static StandIn cause(Throwable original, Set<Throwable> seen) {
    Throwable cause = original.getCause();
    return cause != null && seen.add(cause) ? new StandIn(cause, seen) : null;
  }

  @Override
  @SuppressWarnings("OverrideThrowableToString") // it is to be read under the name of the original
  public String toString() {
    return shown;
  }
}
