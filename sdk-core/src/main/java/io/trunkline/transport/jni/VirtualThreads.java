package io.trunkline.transport.jni;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Virtual threads (JDK 21) from Java 17 bytecode. Constant method handles, so the JIT sees through
 * them.
 */
final class VirtualThreads {
  private static final MethodHandle IS_VIRTUAL = findIsVirtual();
  private static final MethodHandle START = findStart();

  private VirtualThreads() {}

  private static MethodHandle findIsVirtual() {
    try {
      return MethodHandles.lookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (ReflectiveOperationException before21) {
      return MethodHandles.dropArguments(
          MethodHandles.constant(boolean.class, false), 0, Thread.class);
    }
  }

  private static MethodHandle findStart() {
    try {
      return MethodHandles.lookup()
          .findStatic(
              Thread.class,
              "startVirtualThread",
              MethodType.methodType(Thread.class, Runnable.class));
    } catch (ReflectiveOperationException before21) {
      return null;
    }
  }

  static boolean isVirtual(Thread thread) {
    try {
      return (boolean) IS_VIRTUAL.invokeExact(thread);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Starts the work on a virtual thread; only where {@link #isVirtual} was true once. */
  static Thread start(Runnable work) {
    try {
      return (Thread) START.invokeExact(work);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
