package io.trunkline;

import io.trunkline.config.TransportMode;

class JniWarmUpTest extends WarmUpContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
