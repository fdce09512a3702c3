package io.trunkline;

import io.trunkline.config.TransportMode;

class JniBreakerTest extends BreakerContract {
  @Override
  TransportMode transport() {
    return TransportMode.NATIVE;
  }
}
