package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("io.trunkline.Leak")
@Label("Leaked Lease")
@Description("A lease was never closed and was found")
@Category("Trunkline")
@StackTrace(false)
final class LeakEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Acquired At")
  @Description("Where it was acquired, with pool.leak-stacks")
  String acquiredAt;
}
