package io.trunkline.transport;

import org.junit.jupiter.api.Nested;

/** The contract over the jdk transport. */
class JdkTransportContractTest {

  @Nested
  class Lifecycle extends LifecycleContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Options extends OptionsContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Addresses extends AddressesContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Transfer extends TransferContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }

  @Nested
  class Concurrency extends ConcurrencyContract {
    @Override
    Transport createTransport() {
      return TestTransports.jdk();
    }
  }
}
