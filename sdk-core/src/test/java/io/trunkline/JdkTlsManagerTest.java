package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkTlsManagerTest extends TlsManagerTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
