package io.trunkline;

import io.trunkline.config.TransportMode;

class JniManagerCloseTest extends ManagerCloseContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
