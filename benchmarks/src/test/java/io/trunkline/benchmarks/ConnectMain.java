package io.trunkline.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs within round-trip.sh: starts the echo server at the peer, and tells for each round trip how
 * long the fastest of some connects took: "20 20345", in milliseconds and microseconds.
 */
public final class ConnectMain {
  private static final int ATTEMPTS = 5;

  private ConnectMain() {}

  public static void main(String[] arguments) throws IOException {
    RoundTrips trips = RoundTrips.of(System.getenv());
    List<String> command = new ArrayList<>(trips.enterPeer());
    command.addAll(List.of(arguments[0], "0.0.0.0"));
    Process server =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    int port =
        Integer.parseInt(
            new BufferedReader(
                    new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII))
                .readLine());
    for (Map.Entry<Integer, String> trip : trips.addresses().entrySet()) {
      long best = Long.MAX_VALUE;
      for (int i = 0; i < ATTEMPTS; i++) {
        best = Math.min(best, connectNanos(new InetSocketAddress(trip.getValue(), port)));
      }
      System.out.println(trip.getKey() + " " + best / 1_000);
    }
    server.getOutputStream().close();
  }

  private static long connectNanos(InetSocketAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      long start = System.nanoTime();
      socket.connect(address, 5_000);
      return System.nanoTime() - start;
    }
  }
}
