package io.trunkline;

import io.trunkline.config.TransportMode;

class JdkBreakerTest extends BreakerContract {
  @Override
  TransportMode transport() {
    return TransportMode.JDK;
  }
}
