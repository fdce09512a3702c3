package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.SettingDefinition;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.trunkline.Acquire")
@Label("Acquire")
@Description("A caller got a lease, or none")
@Category("Trunkline")
@StackTrace(true)
final class AcquireEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  @Label("Reused")
  @Description("Whether the connection had served before")
  boolean reused;

  @Label("Failure Kind")
  @Description("Empty if it succeeded")
  String failureKind;

  @Label("Failure")
  String failure;

  /** Decides in shouldCommit(): the event begins and ends in one moment, so Threshold cannot. */
  @SettingDefinition
  @Name("minimum")
  @Label("Minimum")
  @Description("Acquires that took less are left out")
  @Timespan
  boolean minimum(MinimumTime setting) {
    return elapsed >= setting.nanos();
  }
}
