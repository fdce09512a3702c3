package io.trunkline;

import io.trunkline.config.TransportMode;

class JniTlsManagerTest extends TlsManagerTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
