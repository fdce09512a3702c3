package io.trunkline.samples.cli;

import picocli.CommandLine.Option;

/** What every sample takes, as a picocli mixin. */
public final class CommonOptions {
  @Option(names = "--progress-line", hidden = true)
  private boolean progressLine;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  /** Whether standard error is a terminal; the scripts tell, for a JVM cannot know. */
  public boolean progressLine() {
    return progressLine;
  }
}
