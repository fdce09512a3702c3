package io.trunkline.samples.live;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.springframework.boot.SpringApplication;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the live sample: finds free ports, starts the application, says where. */
@Command(
    name = "samples/live.sh",
    usageHelpWidth = 100,
    sortOptions = false,
    description = {
      "Starts a Spring Boot application that calls two services, which it brings along, and a page"
          + " on which you can break one of them and watch Trunkline: what failed and why, the"
          + " circuit breaker, its probes, and the recovery.",
      ""
    },
    footer = {
      "",
      "It uses three ports: the page's, and two more for the services. Nothing but this machine is"
          + " called. Ctrl-C ends it. Exit code 1: it could not start, and standard error says why."
          + " 2: the command line was wrong."
    })
final class LiveCommand implements Callable<Integer> {
  private static final int FIRST_PORT = 8090;
  private static final int PORTS_TRIED = 100;

  @Spec private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port of the page. Default: " + FIRST_PORT + ", or the next free one.")
  private Integer port;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = {
        "The address the page listens on. Default: 127.0.0.1. With 0.0.0.0 you can open it on your"
            + " phone, and so can everybody who reaches this machine."
      })
  private String address;

  @Option(
      names = "--rate",
      paramLabel = "CALLS",
      defaultValue = "20",
      description = "How many calls a second each service gets, from 0 to 500. Default: 20.")
  private int rate;

  @Option(names = "--progress-line", hidden = true)
  @SuppressWarnings("unused") // the start is too short for a line that changes
  private boolean progressLine;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new LiveCommand());
    line.setParameterExceptionHandler(
        (wrong, args) -> {
          PrintWriter err = wrong.getCommandLine().getErr();
          err.println("live: " + wrong.getMessage());
          err.println("Usage: " + wrong.getCommandLine().getHelp().synopsis(0).strip());
          err.println("Try --help for what the options do.");
          err.flush();
          return CommandLine.ExitCode.USAGE;
        });
    return line;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Ports ports;
    try {
      ports = ports();
    } catch (IOException taken) {
      err.println("live: " + taken.getMessage());
      err.flush();
      return CommandLine.ExitCode.SOFTWARE;
    }
    err.println("Starting the application ...");
    err.flush();
    SpringApplication application = new SpringApplication(LiveApplication.class);
    try {
      application.run(
          "--server.address=" + address,
          "--server.port=" + ports.page(),
          "--live.stock-port=" + ports.stock(),
          "--live.prices-port=" + ports.prices(),
          "--live.calls-per-second=" + rate);
    } catch (RuntimeException reported) {
      return CommandLine.ExitCode.SOFTWARE; // Boot has said why, in its own words
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println();
    out.println("  The page:   http://" + host() + ":" + ports.page() + "/");
    out.println("  As JSON:    http://" + host() + ":" + ports.page() + "/actuator/trunkline");
    out.println("  Prometheus: http://" + host() + ":" + ports.page() + "/actuator/prometheus");
    out.println();
    out.println("Ctrl-C ends it. What Trunkline logs follows.");
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private String host() {
    return address.equals("0.0.0.0") || address.equals("::") ? "localhost" : address;
  }

  private record Ports(int page, int stock, int prices) {}

  private Ports ports() throws IOException {
    if (rate < 0 || rate > 500) {
      throw new ParameterException(
          spec.commandLine(), "--rate must be from 0 to 500, but was " + rate);
    }
    InetAddress pageAddress = pageAddress();
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int page = port == null ? firstFree(pageAddress, List.of()) : asked(pageAddress);
    int stock = firstFree(loopback, List.of(page));
    return new Ports(page, stock, firstFree(loopback, List.of(page, stock)));
  }

  private InetAddress pageAddress() {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException unknown) {
      throw new ParameterException(
          spec.commandLine(), "--address must be an address of this host, but was " + address);
    }
  }

  private int asked(InetAddress on) throws IOException {
    if (port < 1 || port > 65_535) {
      throw new ParameterException(
          spec.commandLine(), "--port must be from 1 to 65535, but was " + port);
    }
    String problem = problem(on, port);
    if (problem != null) {
      throw new IOException(
          "cannot listen on port "
              + port
              + " of "
              + address
              + " ("
              + problem
              + "): choose another, or leave --port out for the next free one.");
    }
    return port;
  }

  private int firstFree(InetAddress on, List<Integer> but) throws IOException {
    List<String> problems = new ArrayList<>();
    for (int each = FIRST_PORT; each < FIRST_PORT + PORTS_TRIED; each++) {
      if (but.contains(each)) {
        continue;
      }
      String problem = problem(on, each);
      if (problem == null) {
        return each;
      }
      problems.add(problem);
    }
    throw new IOException(
        "no free port of "
            + on.getHostAddress()
            + " from "
            + FIRST_PORT
            + " on ("
            + problems.get(0)
            + "): choose one with --port.");
  }

  /** Why nobody can listen there; null if somebody can. */
  private static String problem(InetAddress on, int port) {
    try (ServerSocket trial = new ServerSocket()) {
      trial.setReuseAddress(true);
      trial.bind(new InetSocketAddress(on, port));
      return null;
    } catch (IOException taken) {
      return taken.getMessage();
    }
  }
}
