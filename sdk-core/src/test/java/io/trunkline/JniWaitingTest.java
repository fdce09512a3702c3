package io.trunkline;

import io.trunkline.config.TransportMode;

class JniWaitingTest extends WaitingContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
