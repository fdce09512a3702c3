package io.trunkline;

import io.trunkline.config.TransportMode;

class JniInitializerTest extends InitializerContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
