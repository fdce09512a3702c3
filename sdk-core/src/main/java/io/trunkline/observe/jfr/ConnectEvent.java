package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.trunkline.Connect")
@Label("TCP Connect")
@Description("A TCP handshake ended")
@Category("Trunkline")
@StackTrace(false)
final class ConnectEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Address")
  String address;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  @Label("Round Trip Time")
  @Description("As the kernel measured it; 0 where it cannot be asked")
  @Timespan(Timespan.MICROSECONDS)
  long roundTripTime;

  @Label("SYN Retransmits")
  long synRetransmits;

  @Label("Fast Open")
  String fastOpen;

  @Label("errno")
  int errno;

  @Label("Failure Kind")
  @Description("Empty if it succeeded")
  String failureKind;

  @Label("Failure")
  String failure;
}
