package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkManagedSocketTest extends ManagedSocketTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
