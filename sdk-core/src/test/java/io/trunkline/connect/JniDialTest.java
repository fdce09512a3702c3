package io.trunkline.connect;

import io.trunkline.transport.TestTransports;
import io.trunkline.transport.Transport;
import org.junit.jupiter.api.Nested;

/** Dials over the jni transport. */
class JniDialTest {

  @Nested
  class Race extends RaceContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }

  @Nested
  class Ending extends EndingContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }

  @Nested
  class TlsHandshake extends TlsDialContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }
}
