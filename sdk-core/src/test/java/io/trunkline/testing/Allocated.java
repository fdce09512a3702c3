package io.trunkline.testing;

import java.lang.reflect.Method;

/** What the current thread has allocated. The tests do not read the module that tells. */
public final class Allocated {
  private Allocated() {}

  /** Bytes since the thread began. A call allocates some itself, about a hundred. */
  public static long bytes() throws ReflectiveOperationException {
    Object threads =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    Method bytes =
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getThreadAllocatedBytes", long.class);
    return (long) bytes.invoke(threads, Thread.currentThread().getId());
  }
}
