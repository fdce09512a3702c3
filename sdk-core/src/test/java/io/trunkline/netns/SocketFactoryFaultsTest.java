package io.trunkline.netns;

/** The socket factories, as a library has them that knows nothing of this one. */
class SocketFactoryFaultsTest extends FaceFaultsContract {
  SocketFactoryFaultsTest() {
    super(SocketFactoryFace.class, false);
  }
}
