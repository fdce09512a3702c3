package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkTrunklineSocketFactoryTest extends TrunklineSocketFactoryTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
