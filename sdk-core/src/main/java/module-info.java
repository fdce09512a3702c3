/** Pooled TCP connections over native sockets, with failures that say what happened. */
@SuppressWarnings("requires-automatic") // micrometer-core has no module descriptor
module io.trunkline.core {
  requires static jdk.jfr;
  requires static micrometer.core;
  requires jdk.net;
  requires org.slf4j;

  exports io.trunkline;
  exports io.trunkline.config;
  exports io.trunkline.failure;
  exports io.trunkline.net;
  exports io.trunkline.observe;
  exports io.trunkline.observe.micrometer;
  exports io.trunkline.transport;
}
