package io.trunkline.samples.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The second process: servers on loopback that behave, and some that do not. It prints its ports in
 * one line, then obeys commands from standard input. The end of that input is the end of the first
 * process, however it came about, so this one ends too.
 */
final class PeerMain {
  private PeerMain() {}

  public static void main(String[] args) throws IOException {
    int status = 1;
    try (PeerServer echo = PeerServer.start(PeerHandlers::echo);
        PeerServer http = PeerServer.start(PeerHandlers::http);
        PeerServer reset = PeerServer.start(PeerHandlers::reset);
        PeerServer closing = PeerServer.start(PeerHandlers::echo);
        PeerServer full = PeerServer.neverAccepting()) {
      PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
      out.printf(
          "ports %d %d %d %d %d%n",
          echo.port(), http.port(), reset.port(), closing.port(), full.port());
      obey(out, echo, http, closing);
      status = 0;
    } finally {
      // Handlers may still be at work; their clients are gone.
      Runtime.getRuntime().halt(status);
    }
  }

  private static void obey(PrintStream out, PeerServer echo, PeerServer http, PeerServer closing)
      throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String command = in.readLine(); command != null; command = in.readLine()) {
      switch (command) {
        case "accepted" -> out.printf("accepted %d %d%n", echo.accepted(), http.accepted());
        case "close-idle" -> out.printf("closed %d%n", closing.closeConnections());
        default -> throw new IOException("unknown command: " + command);
      }
    }
  }
}
