package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.trunkline.Breaker")
@Label("Circuit Breaker")
@Description("A circuit breaker changed its state")
@Category("Trunkline")
@StackTrace(false)
final class BreakerEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("From")
  String from;

  @Label("To")
  String to;

  @Label("Why")
  @Description("The failure that opened it")
  String why;
}
