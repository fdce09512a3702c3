package io.trunkline.samples.quickstart;

import java.io.PrintWriter;

/** Says on standard error what is under way: one line that changes, or a line for each step. */
final class Progress {
  private static final String ERASE_LINE = "\r\033[K";

  private final PrintWriter err;
  private final boolean oneLine;
  private int step;
  private int steps;
  private String title = "";

  Progress(PrintWriter err, boolean oneLine) {
    this.err = err;
    this.oneLine = oneLine;
  }

  void expect(int count) {
    steps = count;
  }

  void step(String what) {
    step++;
    title = String.format("[%2d/%d] %s", step, steps, what);
    if (oneLine) {
      err.print(ERASE_LINE + title + " ...");
    } else {
      err.println(title + " ...");
    }
    err.flush();
  }

  /** More of the present step; too much for anything but the changing line. */
  void detail(String what) {
    if (oneLine) {
      err.print(ERASE_LINE + title + ": " + what);
      err.flush();
    }
  }

  /** Makes room for what is printed next. */
  void clear() {
    if (oneLine) {
      err.print(ERASE_LINE);
      err.flush();
    }
  }
}
