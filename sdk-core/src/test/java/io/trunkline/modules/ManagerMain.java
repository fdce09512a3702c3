package io.trunkline.modules;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.jfr.FlightRecording;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * In a package that is not one of the library's, so that it may stand beside the library as a
 * module. Leases one connection and says what was there to do it with.
 */
final class ManagerMain {
  private ManagerMain() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("module: " + ConnectionManager.class.getModule().getName());
    System.out.println("recorder: " + exists("jdk.jfr.Event"));
    System.out.println("meters: " + exists("io.micrometer.core.instrument.MeterRegistry"));
    if (arguments.length > 0) {
      long acquires =
          RecordedAcquires.count(
              () -> FlightRecording.listener().acquired(Endpoint.tcp("db.example", 1), 1, true));
      System.out.println("acquires: " + acquires);
    }
    lease();
    System.out.println("leased and closed");
  }

  private static void lease() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ConnectionManager manager = ConnectionManager.builder().build();
        Lease lease = manager.acquire(Endpoint.tcp("127.0.0.1", server.getLocalPort()))) {
      lease.release();
      manager.snapshot();
    }
  }

  private static boolean exists(String name) {
    try {
      Class.forName(name);
      return true;
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }
}
