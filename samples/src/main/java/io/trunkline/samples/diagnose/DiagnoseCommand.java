package io.trunkline.samples.diagnose;

import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.samples.cli.Arguments;
import io.trunkline.samples.cli.CommonOptions;
import io.trunkline.samples.cli.Page;
import io.trunkline.samples.cli.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of diagnose. */
@Command(
    name = "samples/diagnose.sh",
    usageHelpWidth = 100,
    sortOptions = false,
    description = {
      "Looks at an endpoint from this host: resolves it, shakes hands with each of its addresses"
          + " several times, and tells how long each step took, what was agreed, and, where it"
          + " failed, why and what to check.",
      ""
    })
public final class DiagnoseCommand implements Callable<Integer> {
  private static final double LONGEST_TIMEOUT = 3_600;
  private static final double SHORTEST_TIMEOUT = 0.1;
  private static final int MOST_SAMPLES = 100;
  private static final String HTTP_1 = "http/1.1";

  private final TransportMode transport;
  private final EndpointResolver resolver;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "HOST:PORT",
      converter = Arguments.EndpointConverter.class,
      description = "What to look at, such as db.example:5432 or [2001:db8::1]:443.")
  private Endpoint target;

  @Option(names = "--tls", description = "Speak TLS. So does tls:// before HOST:PORT.")
  private boolean tls;

  @Option(
      names = "--http",
      paramLabel = "PATH",
      description =
          "Send GET PATH and wait for the first byte of the answer. Without it nothing is sent, and"
              + " a greeting is waited for once.")
  private String http;

  @Option(
      names = "--alpn",
      paramLabel = "NAME",
      split = ",",
      description =
          "The application protocols to offer with TLS. Default http/1.1 with --http, else none.")
  private List<String> alpn;

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "Trust the certificates of this PEM file, instead of the roots of the JDK.")
  private Path cacert;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description =
          "The limit of each connect, each TLS handshake and each first byte. Default"
              + " ${DEFAULT-VALUE}.")
  private double timeout;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "5",
      description = {
        "How often to connect to each address, after a first time to see whether it answers; up to"
            + " two more are made for Fast Open. Default ${DEFAULT-VALUE}."
      })
  private int samples;

  @Option(
      names = "--json",
      description = "Print one JSON object to standard output, and nothing else there.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  DiagnoseCommand(TransportMode transport, EndpointResolver resolver) {
    this.transport = transport;
    this.resolver = resolver;
  }

  /** The command as users run it. */
  public static CommandLine commandLine() {
    return commandLine(TransportMode.AUTO, EndpointResolver.dns());
  }

  static CommandLine commandLine(TransportMode transport, EndpointResolver resolver) {
    CommandLine line = Arguments.commandLine("diagnose", new DiagnoseCommand(transport, resolver));
    line.getCommandSpec().usageMessage().footer(footer());
    return line;
  }

  private static String[] footer() {
    String[] table = ExitCodes.table();
    String[] lines = new String[table.length + 5];
    lines[0] = "";
    lines[1] =
        "Exit code 0: all addresses answer. 1: an internal error. 2: the command line was wrong.";
    lines[2] =
        "Otherwise the kind of failure, where several addresses fail of the first of them, even if";
    lines[3] = "others answer:";
    System.arraycopy(table, 0, lines, 4, table.length);
    lines[table.length + 4] =
        "docs/failures.md has a section for each kind, docs/diagnose.md reads a report.";
    return lines;
  }

  @Override
  public Integer call() {
    Plan plan = plan();
    Trust trust = trust();
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = new Progress(err, common.progressLine());
    TextReport text = new TextReport(json ? Page.nowhere() : new Page(out, Ansi.AUTO.enabled()));
    Report report;
    try {
      Rehearsal.run(plan);
      report = new Diagnosis(plan, trust, progress, text).run();
    } catch (UncheckedIOException failed) {
      progress.clear();
      err.println("diagnose: it broke off: " + failed.getCause());
      err.flush();
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (json) {
      out.println(Arguments.toJson(report));
      out.flush();
    }
    return report.exitCode();
  }

  private Plan plan() {
    Endpoint endpoint =
        tls && !target.isTls() ? Endpoint.tls(target.host(), target.port()) : target;
    check(
        timeout >= SHORTEST_TIMEOUT && timeout <= LONGEST_TIMEOUT,
        "--timeout must be 0.1 to 3600 seconds, but was " + timeout);
    check(
        samples >= 1 && samples <= MOST_SAMPLES,
        "--samples must be 1 to " + MOST_SAMPLES + ", but was " + samples);
    check(
        http == null || http.matches("/[\\x21-\\x7e]*"),
        "--http must be a path that begins with / and has no spaces, but was \"" + http + "\"");
    check(alpn == null || endpoint.isTls(), "--alpn needs --tls");
    check(cacert == null || endpoint.isTls(), "--cacert needs --tls");
    check(
        alpn == null || alpn.stream().noneMatch(String::isEmpty),
        "--alpn must name protocols, but was " + alpn);
    check(
        alpn == null || http == null || alpn.equals(List.of(HTTP_1)),
        "--http speaks http/1.1, so --alpn must not name others, but was " + alpn);
    List<String> offered =
        alpn != null ? alpn : http != null && endpoint.isTls() ? List.of(HTTP_1) : List.of();
    return new Plan(
        endpoint,
        http,
        offered,
        Duration.ofMillis(Math.round(timeout * 1_000)),
        samples,
        transport,
        resolver);
  }

  private Trust trust() {
    try {
      return new Trust(cacert);
    } catch (IOException | GeneralSecurityException unusable) {
      throw wrong(
          (cacert == null ? "the trusted roots cannot be read: " : "--cacert cannot be read: ")
              + unusable);
    }
  }

  private void check(boolean holds, String otherwise) {
    if (!holds) {
      throw wrong(otherwise);
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
