package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.trunkline.Probe")
@Label("Handshake Probe")
@Description("A handshake probe of an open circuit breaker ended")
@Category("Trunkline")
@StackTrace(false)
final class ProbeEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  @Label("Failure Kind")
  @Description("Empty if it succeeded")
  String failureKind;

  @Label("Failure")
  String failure;
}
