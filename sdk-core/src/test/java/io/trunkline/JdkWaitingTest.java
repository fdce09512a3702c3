package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkWaitingTest extends WaitingContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
