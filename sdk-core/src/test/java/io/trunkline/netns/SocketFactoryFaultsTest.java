package io.trunkline.netns;

import org.junit.jupiter.api.Tag;

/** The socket factories, as a library has them that knows nothing of this one. */
@Tag("long")
class SocketFactoryFaultsTest extends FaceFaultsContract {
  SocketFactoryFaultsTest() {
    super(SocketFactoryFace.class, false);
  }
}
