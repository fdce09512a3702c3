package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkLeaseTest extends LeaseTest {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
