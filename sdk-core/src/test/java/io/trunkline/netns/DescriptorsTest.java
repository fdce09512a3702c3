package io.trunkline.netns;

import java.util.List;

/** Leases and socket factories in a process without a descriptor left. */
class DescriptorsTest extends DescriptorsContract {
  DescriptorsTest() {
    super(List.of(ManagerFace.class, SocketFactoryFace.class));
  }
}
