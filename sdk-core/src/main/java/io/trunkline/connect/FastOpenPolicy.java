package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.FastOpen;
import io.trunkline.config.FirstWrite;
import io.trunkline.net.Endpoint;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an attempt to connect uses TCP Fast Open: if the settings allow it for the endpoint, the
 * kernel does it, and the address did not do badly with it of late. Thread-safe.
 */
final class FastOpenPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(FastOpenPolicy.class);

  /** For IPv4 and IPv6 alike (ip-sysctl.rst), and of the network namespace of who reads it. */
  private static final String SYSCTL = "/proc/sys/net/ipv4/tcp_fastopen";

  private static final int CLIENT_BIT = 1;

  private final FastOpen ofAll;
  private final Map<Endpoint, FastOpen> overrides;
  private final boolean supported;
  private final BooleanSupplier kernel;
  private final FastOpenMemory memory;

  /**
   * @param supported whether the transport can do it
   * @param kernel whether the kernel does it now; asked at each use, for an operator may change it
   */
  FastOpenPolicy(
      ConnectSettings settings, boolean supported, BooleanSupplier kernel, FastOpenMemory memory) {
    this.ofAll = settings.fastOpen();
    this.overrides = settings.fastOpenOverrides();
    this.supported = supported;
    this.kernel = kernel;
    this.memory = memory;
    if (isWanted()) {
      sayIfImpossible();
    }
  }

  private boolean isWanted() {
    return ofAll != FastOpen.OFF
        || overrides.values().stream().anyMatch(each -> each != FastOpen.OFF);
  }

  private void sayIfImpossible() {
    if (!supported) {
      LOG.warn(
          "connect.fast-open is set, but the jdk transport cannot do TCP Fast Open: all connections"
              + " are opened without it");
    } else if (!kernel.getAsBoolean()) {
      LOG.warn(
          "connect.fast-open is set, but net.ipv4.tcp_fastopen of this host or container has not the"
              + " client bit (1): connections are opened without TCP Fast Open as long as that is so");
    }
  }

  /**
   * How an attempt is to be made. Only the first one of a dial may ask: with Fast Open a connect
   * succeeds before a packet was sent, which no race can be run with.
   *
   * @param first what is written to the connection first; on a TLS endpoint the dial itself does
   */
  FastOpenAttempt attempt(Endpoint endpoint, InetSocketAddress address, FirstWrite first) {
    return supported
            && allows(endpoint, endpoint.isTls() ? FirstWrite.TLS : first)
            && memory.isGood(address)
            && kernel.getAsBoolean()
        ? new FastOpenAttempt(memory, address)
        : FastOpenAttempt.NONE;
  }

  private boolean allows(Endpoint endpoint, FirstWrite first) {
    return switch (settingFor(endpoint, first)) {
      case OFF -> false;
      case TLS_ONLY -> first == FirstWrite.TLS;
      case IDEMPOTENT_DATA -> first != FirstWrite.UNKNOWN;
    };
  }

  /** Whoever puts TLS on a plain connection means the TLS endpoint, too. */
  private FastOpen settingFor(Endpoint endpoint, FirstWrite first) {
    FastOpen own = overrides.get(endpoint);
    if (own == null && first == FirstWrite.TLS && !endpoint.isTls()) {
      own = overrides.get(Endpoint.tls(endpoint.host(), endpoint.port()));
    }
    return own != null ? own : ofAll;
  }

  /** Asks the kernel, which takes some microseconds. What cannot be read is taken for a no. */
  static boolean kernelAllows() {
    return allows(SYSCTL);
  }

  static boolean allows(String file) {
    try (InputStream in = new FileInputStream(file)) {
      byte[] text = new byte[16];
      int length = Math.max(0, in.read(text));
      int value = Integer.parseInt(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
      return (value & CLIENT_BIT) != 0;
    } catch (IOException | NumberFormatException unreadable) {
      return false;
    }
  }
}
