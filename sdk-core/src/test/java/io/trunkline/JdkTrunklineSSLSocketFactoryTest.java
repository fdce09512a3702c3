package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkTrunklineSSLSocketFactoryTest extends TrunklineSSLSocketFactoryTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
