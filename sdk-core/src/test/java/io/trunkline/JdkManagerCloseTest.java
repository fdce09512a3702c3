package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkManagerCloseTest extends ManagerCloseContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
