package io.trunkline.samples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.trunkline.net.Endpoint;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How command lines are read, and results printed for programs. */
public final class Arguments {
  private Arguments() {}

  /**
   * A command whose wrong arguments end in one line and the usage.
   *
   * @param name for the beginning of that line
   */
  public static CommandLine commandLine(String name, Object command) {
    CommandLine line = new CommandLine(command);
    line.setParameterExceptionHandler(
        (wrong, args) -> {
          PrintWriter err = wrong.getCommandLine().getErr();
          err.println(name + ": " + wrong.getMessage());
          err.println("Usage: " + wrong.getCommandLine().getHelp().synopsis(0).strip());
          err.println("Try --help for what the options do.");
          err.flush();
          return CommandLine.ExitCode.USAGE;
        });
    return line;
  }

  /** One JSON object. */
  public static String toJson(Object report) {
    try {
      return new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValueAsString(report);
    } catch (JsonProcessingException defect) {
      throw new IllegalStateException(defect);
    }
  }

  /** Says why it refuses a value. */
  public static final class EndpointConverter implements ITypeConverter<Endpoint> {
    @Override
    public Endpoint convert(String value) {
      try {
        return Endpoint.parse(value);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    }
  }
}
