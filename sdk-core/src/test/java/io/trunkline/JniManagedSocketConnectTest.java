package io.trunkline;

import io.trunkline.config.TransportMode;

class JniManagedSocketConnectTest extends ManagedSocketConnectTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
