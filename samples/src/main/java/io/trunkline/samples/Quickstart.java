package io.trunkline.samples;

import io.trunkline.samples.quickstart.QuickstartCommand;

/**
 * What pooling saves, and what failures say, shown in a few seconds without any server. Start it
 * with {@code samples/quickstart.sh}.
 */
public final class Quickstart {
  private Quickstart() {}

  public static void main(String[] args) {
    System.exit(QuickstartCommand.commandLine().execute(args));
  }
}
