package io.trunkline.netns;

/** OkHttp over the adapter: the network's reasons in what OkHttp throws. */
class OkHttpFaultsTest extends FaceFaultsContract {
  OkHttpFaultsTest() {
    super(OkHttpFace.class, true);
  }
}
