package io.trunkline.connect;

import io.trunkline.transport.TestTransports;
import io.trunkline.transport.Transport;
import org.junit.jupiter.api.Nested;

/** Dials over the jdk transport. */
class JdkDialTest {

  @Nested
  class Race extends RaceContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Ending extends EndingContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class TlsHandshake extends TlsDialContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }
}
