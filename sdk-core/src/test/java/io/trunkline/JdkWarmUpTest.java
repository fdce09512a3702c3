package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkWarmUpTest extends WarmUpContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
