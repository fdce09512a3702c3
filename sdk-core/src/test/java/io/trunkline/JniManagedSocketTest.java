package io.trunkline;

import io.trunkline.config.TransportMode;

class JniManagedSocketTest extends ManagedSocketTest {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
