package io.trunkline.samples.okhttp;

import io.trunkline.config.TransportMode;
import io.trunkline.samples.cli.Arguments;
import io.trunkline.samples.cli.CommonOptions;
import io.trunkline.samples.cli.Page;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line of the OkHttp sample. */
@Command(
    name = "samples/okhttp.sh",
    usageHelpWidth = 100,
    description = {
      "Shows OkHttp over Trunkline: connections used again, a request that survives a connection"
          + " that the server has closed, beside plain OkHttp, and a failure that says what it is."
          + " It needs no server: it starts one of its own on this machine.",
      ""
    },
    footer = {
      "",
      "Exit code 0: everything turned out as announced. 1: something did not, and standard error"
          + " names it. 2: the command line was wrong."
    })
public final class OkHttpCommand implements Callable<Integer> {
  private final TransportMode transport;

  @Spec private CommandSpec spec;

  @Mixin
  @SuppressWarnings("unused") // the script passes the same to every sample
  private CommonOptions common = new CommonOptions();

  OkHttpCommand(TransportMode transport) {
    this.transport = transport;
  }

  /** The command as users run it. */
  public static CommandLine commandLine() {
    return commandLine(TransportMode.AUTO);
  }

  static CommandLine commandLine(TransportMode transport) {
    return Arguments.commandLine("okhttp", new OkHttpCommand(transport));
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Page page = new Page(spec.commandLine().getOut(), Ansi.AUTO.enabled());
    try {
      List<String> wrong = new OkHttpTour(transport, page).run();
      wrong.forEach(each -> err.println("okhttp: not as announced: " + each));
      return wrong.isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    } catch (IOException failed) {
      err.println("okhttp: it broke off: " + failed);
      return CommandLine.ExitCode.SOFTWARE;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return CommandLine.ExitCode.SOFTWARE;
    } finally {
      page.flush();
      err.flush();
    }
  }
}
