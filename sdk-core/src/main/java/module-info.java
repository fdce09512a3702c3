/** Pooled TCP connections over native sockets, with failures that say what happened. */
// micrometer-core and resilience4j have no module descriptor
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.trunkline.core {
  requires static jdk.jfr;
  requires static micrometer.core;
  requires transitive io.github.resilience4j.circuitbreaker;
  requires io.github.resilience4j.core;
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
