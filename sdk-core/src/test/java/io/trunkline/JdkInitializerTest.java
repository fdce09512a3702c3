package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkInitializerTest extends InitializerContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
