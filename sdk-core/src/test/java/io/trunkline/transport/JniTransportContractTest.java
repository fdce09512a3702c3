package io.trunkline.transport;

import org.junit.jupiter.api.Nested;

/** The contract over the jni transport. */
class JniTransportContractTest {

  @Nested
  class Lifecycle extends LifecycleContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }

  @Nested
  class Options extends OptionsContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }

  @Nested
  class Addresses extends AddressesContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }

  @Nested
  class Transfer extends TransferContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }

  @Nested
  class Concurrency extends ConcurrencyContract {
    @Override
    Transport createTransport() {
      return TestTransports.jni();
    }
  }
}
