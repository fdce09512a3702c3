package io.trunkline.samples.diagnose;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.EndpointResolver;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** One run of the command, as a shell would make it. */
final class Command {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final int exitCode;

  private Command(TransportMode transport, EndpointResolver resolver, String... args) {
    CommandLine line = DiagnoseCommand.commandLine(transport, resolver);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    exitCode = line.execute(args);
  }

  static Command run(TransportMode transport, String... args) {
    return new Command(transport, EndpointResolver.dns(), args);
  }

  static Command run(EndpointResolver resolver, String... args) {
    return new Command(TransportMode.AUTO, resolver, args);
  }

  static Command run(TransportMode transport, EndpointResolver resolver, String... args) {
    return new Command(transport, resolver, args);
  }

  static boolean isNative(TransportMode transport) {
    try (ConnectionManager manager = ConnectionManager.builder().transport(transport).build()) {
      return manager.transport().isNative();
    }
  }

  int exitCode() {
    return exitCode;
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  /** Fails if there is anything else than one JSON object. */
  JsonNode json() throws IOException {
    return new ObjectMapper()
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .readTree(out());
  }
}
