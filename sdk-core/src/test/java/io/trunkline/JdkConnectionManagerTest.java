package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkConnectionManagerTest extends ConnectionManagerTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
