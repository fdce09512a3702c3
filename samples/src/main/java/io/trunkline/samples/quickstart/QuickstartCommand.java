package io.trunkline.samples.quickstart;

import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.samples.cli.Arguments;
import io.trunkline.samples.cli.CommonOptions;
import io.trunkline.samples.cli.Page;
import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command line of the quickstart. */
@Command(
    name = "samples/quickstart.sh",
    usageHelpWidth = 100,
    sortOptions = false,
    description = {
      "Shows in a few seconds what Trunkline does: pooled connections against a new connection"
          + " per request, and real failures with what they say of themselves. It needs no"
          + " server: it starts one of its own, in a second process on this machine.",
      ""
    },
    footer = {
      "",
      "Exit code 0: everything turned out as announced. 1: something did not, and standard error"
          + " names it. 2: the command line was wrong."
    })
public final class QuickstartCommand implements Callable<Integer> {
  private final Effort effort;
  private final TransportMode transport;

  @Spec private CommandSpec spec;

  @Option(
      names = "--tcp",
      paramLabel = "HOST:PORT",
      converter = Arguments.EndpointConverter.class,
      description = {
        "Compare against this endpoint instead: connect and close with a plain socket of the"
            + " JDK, against acquire and release with Trunkline. Nothing is sent, because nothing is known of"
            + " its protocol; a greeting is read. It opens fewer than 100 connections, one after"
            + " another, and takes at most some ten seconds. Servers may count such connections"
            + " as errors: choose one that is yours."
      })
  private Endpoint tcp;

  @Option(
      names = "--json",
      description = "Print one JSON object to standard output, and nothing else there.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  QuickstartCommand(Effort effort, TransportMode transport) {
    this.effort = effort;
    this.transport = transport;
  }

  /** The command as users run it. */
  public static CommandLine commandLine() {
    return commandLine(Effort.FULL, TransportMode.AUTO);
  }

  static CommandLine commandLine(Effort effort, TransportMode transport) {
    return Arguments.commandLine("quickstart", new QuickstartCommand(effort, transport));
  }

  @Override
  public Integer call() {
    if (tcp != null && tcp.isTls()) {
      // A plain connect against a lease with TLS would compare nothing.
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--tcp takes HOST:PORT without tls://, but was \"" + tcp + "\"");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = new Progress(err, common.progressLine());
    // As JSON it is printed in one piece at the end.
    TextReport text = new TextReport(json ? Page.nowhere() : new Page(out, Ansi.AUTO.enabled()));
    Report report;
    try {
      report =
          tcp == null
              ? new LocalTour(effort, transport, progress, text).run()
              : new EndpointTour(tcp, effort, transport, progress, text).run();
    } catch (IOException failed) {
      progress.clear();
      err.println("quickstart: it broke off: " + failed);
      err.flush();
      return CommandLine.ExitCode.SOFTWARE;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return CommandLine.ExitCode.SOFTWARE;
    }
    progress.clear();
    if (json) {
      out.println(Arguments.toJson(report));
      out.flush();
    }
    for (String wrong : report.notAsAnnounced()) {
      err.println("quickstart: not as announced: " + wrong);
    }
    err.flush();
    return report.ok() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }
}
