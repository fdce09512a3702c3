package io.trunkline.samples;

import io.trunkline.samples.diagnose.DiagnoseCommand;

/**
 * What happens between this host and an endpoint, step by step and address by address. Start it
 * with {@code samples/diagnose.sh}.
 */
public final class Diagnose {
  private Diagnose() {}

  public static void main(String[] args) {
    System.exit(DiagnoseCommand.commandLine().execute(args));
  }
}
