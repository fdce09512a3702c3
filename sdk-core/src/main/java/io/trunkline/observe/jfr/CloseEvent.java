package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.trunkline.Close")
@Label("Connection End")
@Description("A pooled connection ended")
@Category("Trunkline")
@StackTrace(false)
final class CloseEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Address")
  String address;

  @Label("Reason")
  String reason;

  @Label("Lifetime")
  @Timespan(Timespan.NANOSECONDS)
  long lifetime;
}
