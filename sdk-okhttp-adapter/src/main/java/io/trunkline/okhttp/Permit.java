package io.trunkline.okhttp;

import io.trunkline.net.Endpoint;

/**
 * Leave to use one connection to an endpoint. It belongs to a call, or to the connection that calls
 * share, one owner at a time.
 */
final class Permit {
  final Endpoint endpoint;

  /** Whether it takes a place. A call that shares a connection of others takes none. */
  final boolean counted;

  /** Of leave to share: what there was to share then, by {@link Permits#takeMore}; else -1. */
  final long seen;

  /** Written under the lock of {@link Permits}: its connection is shared by calls. */
  boolean shared;

  /** Written under the lock of {@link Permits}. */
  boolean returned;

  private Permit(Endpoint endpoint, boolean counted, long seen) {
    this.endpoint = endpoint;
    this.counted = counted;
    this.seen = seen;
  }

  static Permit ofOne(Endpoint endpoint) {
    return new Permit(endpoint, true, -1);
  }

  static Permit toShare(Endpoint endpoint, long seen) {
    return new Permit(endpoint, false, seen);
  }
}
