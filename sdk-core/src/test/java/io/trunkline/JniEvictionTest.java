package io.trunkline;

import io.trunkline.config.TransportMode;

class JniEvictionTest extends EvictionContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
