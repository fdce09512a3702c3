package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkEvictionTest extends EvictionContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
