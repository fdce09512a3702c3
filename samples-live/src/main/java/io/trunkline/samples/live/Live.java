package io.trunkline.samples.live;

/** The live sample as users run it. Start it with {@code samples/live.sh}. */
public final class Live {
  private Live() {}

  public static void main(String[] args) {
    int code = LiveCommand.commandLine().execute(args);
    if (code != 0) {
      System.exit(code);
    }
    // Else the web server keeps the process alive, until somebody ends it.
  }
}
