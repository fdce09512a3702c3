package io.trunkline.samples.cli;

import java.io.PrintWriter;

/** Says on standard error what is under way: one line that changes, or a line for each step. */
public final class Progress {
  private static final String ERASE_LINE = "\r\033[K";

  private final PrintWriter err;
  private final boolean oneLine;
  private int step;
  private int steps;
  private String title = "";

  public Progress(PrintWriter err, boolean oneLine) {
    this.err = err;
    this.oneLine = oneLine;
  }

  /** How many steps there will be; without it they are not numbered. */
  public void expect(int count) {
    steps = count;
  }

  public void step(String what) {
    step++;
    title = steps == 0 ? what : String.format("[%2d/%d] %s", step, steps, what);
    if (oneLine) {
      err.print(ERASE_LINE + title + " ...");
    } else {
      err.println(title + " ...");
    }
    err.flush();
  }

  /** More of the present step; too much for anything but the changing line. */
  public void detail(String what) {
    if (oneLine) {
      err.print(ERASE_LINE + title + ": " + what);
      err.flush();
    }
  }

  /** Makes room for what is printed next. */
  public void clear() {
    if (oneLine) {
      err.print(ERASE_LINE);
      err.flush();
    }
  }
}
