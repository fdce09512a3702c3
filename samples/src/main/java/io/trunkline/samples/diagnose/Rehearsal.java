package io.trunkline.samples.diagnose;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * A few dials within this process, so that what a young JVM takes to load its classes is not
 * measured as somebody's network.
 */
final class Rehearsal {
  private static final String LOCALHOST = "localhost";
  private static final int TIMES = 3;

  private Rehearsal() {}

  static void run(Plan plan) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    // The JDK remembers what it has resolved, so the name must be another one.
    String host = plan.endpoint().host().equals(LOCALHOST) ? loopback.getHostAddress() : LOCALHOST;
    try (ServerSocket listener = new ServerSocket(0, TIMES, loopback);
        ConnectionManager manager =
            ConnectionManager.builder().transport(plan.transport()).build()) {
      Endpoint endpoint = Endpoint.tcp(host, listener.getLocalPort());
      for (int i = 0; i < TIMES; i++) {
        manager.probe(endpoint);
      }
    } catch (IOException unrehearsed) {
      // The first figures are larger then, and not wrong.
    }
  }
}
