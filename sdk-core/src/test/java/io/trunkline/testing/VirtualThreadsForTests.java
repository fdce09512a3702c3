package io.trunkline.testing;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Virtual threads (JDK 21) by reflection, since the tests are compiled for 17. */
public final class VirtualThreadsForTests {
  public static final String REASON =
      "virtual threads need JDK 21 or newer; this is " + Runtime.version().feature();

  private VirtualThreadsForTests() {}

  public static boolean available() {
    return Runtime.version().feature() >= 21;
  }

  public static Thread start(Runnable work) {
    return (Thread) call("startVirtualThread", null, Runnable.class, work);
  }

  /** Has a virtual thread wait in the JDK, which keeps from then on what it waits with. */
  static void waitOnce(ServerSocket listener) throws Exception {
    listener.setSoTimeout(1);
    start(() -> Background.thrownBy(listener::accept)).join();
    listener.setSoTimeout(0);
  }

  /**
   * Lets the JDK make the descriptors that it keeps for the sockets of virtual threads, so that who
   * counts descriptors does not take them for a leak.
   */
  public static void warmUp() throws Exception {
    if (!available()) {
      return;
    }
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket peer = listener.accept()) {
      Thread reader =
          start(
              () -> {
                try {
                  socket.getInputStream().read();
                } catch (IOException gone) {
                  // It has waited, and that was the purpose.
                }
              });
      Await.until("it waits", () -> reader.getState() == Thread.State.WAITING);
      peer.getOutputStream().write(1);
      reader.join();
    }
  }

  public static boolean isVirtual(Thread thread) {
    return available() && (boolean) call("isVirtual", thread, null, null);
  }

  private static Object call(String name, Object on, Class<?> type, Object argument) {
    try {
      Method method =
          type == null ? Thread.class.getMethod(name) : Thread.class.getMethod(name, type);
      return type == null ? method.invoke(on) : method.invoke(on, argument);
    } catch (InvocationTargetException failed) {
      throw new IllegalStateException(failed.getCause());
    } catch (ReflectiveOperationException missing) {
      throw new IllegalStateException(REASON, missing);
    }
  }
}
