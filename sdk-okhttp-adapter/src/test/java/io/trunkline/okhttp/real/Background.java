package io.trunkline.okhttp.real;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Work on a thread of its own, whose outcome is waited for with a bound. */
final class Background<T> {
  private final FutureTask<T> task;

  private Background(FutureTask<T> task) {
    this.task = task;
  }

  static <T> Background<T> start(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "test-background");
    thread.setDaemon(true);
    thread.start();
    return new Background<>(task);
  }

  T get() throws Exception {
    return task.get(50, TimeUnit.SECONDS);
  }
}
