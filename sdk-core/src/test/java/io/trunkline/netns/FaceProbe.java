package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.FastOpen;
import io.trunkline.config.TransportMode;
import java.util.List;
import java.util.stream.Collectors;

/** A {@link FaceMain} to talk to. */
final class FaceProbe implements AutoCloseable {
  private final Child child;
  private final Class<? extends Face> face;
  private final TransportMode transport;
  private long socketsAtRest;

  FaceProbe(Child child, Class<? extends Face> face, TransportMode transport) {
    this.child = child;
    this.face = face;
    this.transport = transport;
  }

  /**
   * What one of its faces is made with; milliseconds.
   *
   * @param limitMillis of each read, write and TLS handshake
   */
  record Limits(int connectMillis, int userTimeoutMillis, int limitMillis, FastOpen fastOpen) {
    static Limits of(int connectMillis, int userTimeoutMillis, int limitMillis) {
      return new Limits(connectMillis, userTimeoutMillis, limitMillis, FastOpen.OFF);
    }

    Limits with(FastOpen value) {
      return new Limits(connectMillis, userTimeoutMillis, limitMillis, value);
    }
  }

  /**
   * One HTTP exchange.
   *
   * @param face the name of the face that makes it
   * @param body its length; negative for a GET
   */
  record Request(String face, String url, int body) {
    static Request get(String face, String url) {
      return new Request(face, url, -1);
    }

    @Override
    public String toString() {
      return face + " " + url + " " + body;
    }
  }

  boolean isNative() {
    return transport == TransportMode.NATIVE;
  }

  /** A manager and a face over it, in the place of the one of that name. */
  void face(String name, Limits limits) {
    tell(
        "face %s %s %s %d %d %d %s"
            .formatted(
                name,
                face.getName(),
                transport,
                limits.connectMillis(),
                limits.userTimeoutMillis(),
                limits.limitMillis(),
                limits.fastOpen()));
  }

  void end(String name) {
    tell("end " + name);
  }

  void tell(String command) {
    Outcome got = Outcome.parse(child.ask(command));
    assertThat(got.isOk()).as("%s: %s", command, got).isTrue();
  }

  Outcome exchange(Request request) {
    return Outcome.parse(child.ask("exchange " + request));
  }

  /** Begins them all at once; {@link #answers} waits for them. */
  void send(List<Request> requests) {
    child.send(
        "together " + requests.stream().map(Request::toString).collect(Collectors.joining(" ")));
  }

  List<Outcome> answers(List<Request> requests) {
    return requests.stream().map(each -> Outcome.parse(child.readLine())).toList();
  }

  List<Outcome> together(List<Request> requests) {
    send(requests);
    return answers(requests);
  }

  /** What became of Fast Open on each idle connection of a face. */
  String fastOpen(String name, String host, int port) {
    Outcome got = Outcome.parse(child.ask("fastopen %s %s %d".formatted(name, host, port)));
    assertThat(got.isOk()).as("%s", got).isTrue();
    return got.text("outcomes");
  }

  /** With what a JVM keeps for good once it has made an exchange. */
  void rest() {
    socketsAtRest = sockets();
  }

  /** After every face has ended: fails if a socket is left. Abandoned dials get a moment. */
  void assertNoSocketLeft() throws InterruptedException {
    long giveUp = System.nanoTime() + 3_000_000_000L;
    while (sockets() > socketsAtRest && System.nanoTime() < giveUp) {
      Thread.sleep(20);
    }
    assertThat(sockets())
        .as("sockets left on the %s transport", transport)
        .isEqualTo(socketsAtRest);
  }

  private long sockets() {
    return Outcome.parse(child.ask("sockets")).number("count");
  }

  @Override
  public String toString() {
    return transport.toString();
  }

  @Override
  public void close() {
    child.close();
  }
}
