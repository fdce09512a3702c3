package io.trunkline.transport.jni;

/** The native library cannot be used; the message says why and what to do about it. */
public final class NativeUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  NativeUnavailableException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
