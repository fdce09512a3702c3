package io.trunkline;

import io.trunkline.config.TransportMode;
import io.trunkline.net.TransportInfo;
import io.trunkline.time.Housekeeper;
import io.trunkline.transport.Transport;
import io.trunkline.transport.jdk.JdkTransport;
import io.trunkline.transport.jni.JniTransport;
import io.trunkline.transport.jni.NativeUnavailableException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Picks the transport. The one place that does, and that says so in the log, once for each answer.
 */
final class Transports {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionManager.class);
  private static final Set<TransportInfo> LOGGED = ConcurrentHashMap.newKeySet();

  private Transports() {}

  static Transport create(
      TransportMode mode, Optional<Path> nativeLibrary, Housekeeper housekeeper) {
    if (mode == TransportMode.JDK) {
      return logged(new JdkTransport("it was asked for", housekeeper));
    }
    try {
      return logged(JniTransport.create(nativeLibrary));
    } catch (NativeUnavailableException unavailable) {
      if (mode == TransportMode.NATIVE) {
        throw new IllegalStateException(
            "transport is native, but " + unavailable.getMessage(), unavailable);
      }
      JdkTransport transport = new JdkTransport(unavailable.getMessage(), housekeeper);
      if (LOGGED.add(transport.info())) {
        LOG.warn(
            "Trunkline runs on the jdk transport, without errno, TCP_INFO and the watch over idle"
                + " connections: {}. Set transport to jdk to silence this.",
            unavailable.getMessage());
      }
      return transport;
    }
  }

  private static Transport logged(Transport transport) {
    if (LOGGED.add(transport.info())) {
      LOG.info(
          "Trunkline runs on the {} transport: {}",
          transport.info().name(),
          transport.info().reason());
    }
    return transport;
  }
}
