package io.trunkline.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("io.trunkline.TlsHandshake")
@Label("TLS Handshake")
@Description("A TLS handshake ended")
@Category("Trunkline")
@StackTrace(false)
final class TlsHandshakeEvent extends Event {
  @Label("Endpoint")
  String endpoint;

  @Label("Address")
  String address;

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  @Label("Protocol")
  String protocol;

  @Label("Failure Kind")
  @Description("Empty if it succeeded")
  String failureKind;

  @Label("Failure")
  String failure;
}
