package io.trunkline.transport;

import io.trunkline.net.TransportInfo;
import io.trunkline.time.HousekeeperThread;
import io.trunkline.transport.jdk.JdkTransport;
import io.trunkline.transport.jni.JniTransport;
import io.trunkline.transport.jni.NativeUnavailableException;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The transports as tests want them. */
public final class TestTransports {
  private TestTransports() {}

  /** Skips the test, with the reason, where the library cannot be had. */
  public static Transport jni() {
    try {
      return JniTransport.create(Optional.empty());
    } catch (NativeUnavailableException unavailable) {
      return Assumptions.abort("no native library: " + unavailable.getMessage());
    }
  }

  /** With a housekeeper of its own, which ends with it. */
  public static Transport jdk() {
    HousekeeperThread housekeeper = new HousekeeperThread();
    Transport transport = new JdkTransport("a test asked for it", housekeeper);
    return new Transport() {
      @Override
      public TransportInfo info() {
        return transport.info();
      }

      @Override
      public TransportSocket open() throws IOException {
        return transport.open();
      }

      @Override
      public void close() {
        transport.close();
        housekeeper.close();
      }
    };
  }
}
