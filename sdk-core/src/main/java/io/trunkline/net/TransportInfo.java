package io.trunkline.net;

/**
 * Which transport runs, and why.
 *
 * @param name {@code jni} or {@code jdk}
 * @param reason why this one was chosen, in words; for {@code jdk} under {@code auto}, why the
 *     native library could not be used
 */
public record TransportInfo(String name, String reason) {
  /** The name of the transport over own native sockets. */
  public static final String JNI = "jni";

  /** The name of the transport over the sockets of the JDK. */
  public static final String JDK = "jdk";

  /** Whether the connections are own native sockets, with exact errno values and TCP_INFO. */
  public boolean isNative() {
    return name.equals(JNI);
  }

  @Override
  public String toString() {
    return name + " (" + reason + ")";
  }
}
