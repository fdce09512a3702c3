package io.trunkline.netns;

import java.util.List;

/** OkHttp over the adapter in a process without a descriptor left. */
class OkHttpDescriptorsTest extends DescriptorsContract {
  OkHttpDescriptorsTest() {
    super(List.of(OkHttpFace.class));
  }
}
