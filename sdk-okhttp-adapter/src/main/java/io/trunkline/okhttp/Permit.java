package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;

/**
 * Leave to use one connection to an endpoint. It passes from the call to its connection and back,
 * one owner at a time.
 */
final class Permit {
  final Endpoint endpoint;

  /** Whether it takes a place. A call that shares a connection of others takes none. */
  final boolean counted;

  /** Written under the lock of {@link Permits}: its connection is shared by calls. */
  boolean shared;

  /** Written under the lock of {@link Permits}. */
  boolean returned;

  Permit(Endpoint endpoint, boolean counted) {
    this.endpoint = endpoint;
    this.counted = counted;
  }
}
