package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkManagedSocketConnectTest extends ManagedSocketConnectTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
