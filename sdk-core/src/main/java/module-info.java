/** Pooled TCP connections over native sockets, with failures that say what happened. */
module io.trunkline.core {
  requires jdk.net;
  requires org.slf4j;

  exports io.trunkline;
  exports io.trunkline.config;
  exports io.trunkline.failure;
  exports io.trunkline.net;
  exports io.trunkline.observe;
  exports io.trunkline.transport;
}
