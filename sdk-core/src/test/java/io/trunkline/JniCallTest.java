package io.trunkline;

import io.trunkline.config.TransportMode;

class JniCallTest extends CallContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
