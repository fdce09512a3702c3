package io.trunkline.samples.diagnose;

import io.trunkline.net.TcpInfo;
import java.io.IOException;

/**
 * One connection, from its SYN to the first byte or to its failure.
 *
 * @param handshake what the manager told of it
 * @param firstByteMillis since the request was written, or since the handshakes for a greeting;
 *     null if none came
 * @param tcpInfo before the connection was closed; null on the jdk transport
 * @param tls null if none is spoken
 * @param line the first line that the server sent; null if none
 * @param failure null if there was none
 */
record Sample(
    Recorder.Handshake handshake,
    Double firstByteMillis,
    TcpInfo tcpInfo,
    Report.Tls tls,
    String line,
    IOException failure) {
  boolean failed() {
    return failure != null;
  }
}
