package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkCallTest extends CallContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
