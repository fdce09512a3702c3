package io.trunkline.spring;

/** The native transport is demanded, and cannot be had. */
final class NativeTransportUnavailableException extends RuntimeException {
  NativeTransportUnavailableException(IllegalStateException refusal) {
    super(refusal.getMessage(), refusal);
  }
}
