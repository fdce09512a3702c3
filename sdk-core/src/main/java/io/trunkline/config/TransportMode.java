package io.trunkline.config;

/** Which transport a manager may use. */
public enum TransportMode {
  /** Native sockets where the library loads, else the JDK's with one warning that says why. */
  AUTO,
  /**
   * Native sockets; the manager is not built where the library cannot be loaded, and the error says
   * why.
   */
  NATIVE,
  /** The sockets of the JDK. */
  JDK
}
