package io.trunkline.netns;

import org.junit.jupiter.api.Tag;

/** Leases over TLS; plain ones are quicker proven by {@link EstablishedFailuresTest}. */
@Tag("long")
class ManagerFaultsTest extends FaceFaultsContract {
  ManagerFaultsTest() {
    super(ManagerFace.class, true);
  }
}
