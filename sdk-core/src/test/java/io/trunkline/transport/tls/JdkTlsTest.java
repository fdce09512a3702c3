package io.trunkline.transport.tls;

import io.trunkline.transport.TestTransports;
import io.trunkline.transport.Transport;
import org.junit.jupiter.api.Nested;

/** TLS over the jdk transport. */
class JdkTlsTest {

  @Nested
  class Handshake extends TlsHandshakeContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Refusal extends TlsRefusalContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Downgrade extends TlsDowngradeContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Name extends TlsNameContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Transfer extends TlsTransferContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Idle extends TlsIdleContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }
}
