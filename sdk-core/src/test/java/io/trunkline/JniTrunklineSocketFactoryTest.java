package io.trunkline;

import io.trunkline.config.TransportMode;

class JniTrunklineSocketFactoryTest extends TrunklineSocketFactoryTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
