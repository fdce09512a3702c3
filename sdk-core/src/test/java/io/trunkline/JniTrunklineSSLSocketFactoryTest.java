package io.trunkline;

import io.trunkline.config.TransportMode;

class JniTrunklineSSLSocketFactoryTest extends TrunklineSSLSocketFactoryTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
