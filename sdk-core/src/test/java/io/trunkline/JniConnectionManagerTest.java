package io.trunkline;

import io.trunkline.config.TransportMode;

class JniConnectionManagerTest extends ConnectionManagerTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
