package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.trunkline.Resolve")
@Label("Name Lookup")
@Description("A host name was looked up")
@Category("Trunkline")
@StackTrace(false)
final class ResolveEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  @Label("Addresses")
  String addresses;

  @Label("Failure Kind")
  @Description("Empty if it succeeded")
  String failureKind;

  @Label("Failure")
  String failure;
}
