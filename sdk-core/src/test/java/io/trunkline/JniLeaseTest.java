package io.trunkline;

import io.trunkline.config.TransportMode;

class JniLeaseTest extends LeaseTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
