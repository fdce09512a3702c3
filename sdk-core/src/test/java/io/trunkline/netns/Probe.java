package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A {@link ProbeMain} to talk to. */
final class Probe implements AutoCloseable {
  private static final int NO_MATTER = 20_000;

  private final Child child;
  private final TransportMode transport;
  private long socketsAtRest = -1;

  Probe(Child child, TransportMode transport) {
    this.child = child;
    this.transport = transport;
  }

  /** What a manager is built with; milliseconds, 0 for the kernel's own choice. */
  record Settings(
      int connectMillis,
      int synRetries,
      int userTimeoutMillis,
      int readMillis,
      Optional<String> localAddress) {
    static Settings connectWithin(int millis) {
      return new Settings(millis, 0, 30_000, 30_000, Optional.empty());
    }

    Settings synRetries(int count) {
      return new Settings(connectMillis, count, userTimeoutMillis, readMillis, localAddress);
    }

    Settings userTimeout(int millis) {
      return new Settings(connectMillis, synRetries, millis, readMillis, localAddress);
    }

    Settings readTimeout(int millis) {
      return new Settings(connectMillis, synRetries, userTimeoutMillis, millis, localAddress);
    }

    Settings from(String local) {
      return new Settings(
          connectMillis, synRetries, userTimeoutMillis, readMillis, Optional.of(local));
    }
  }

  TransportMode transport() {
    return transport;
  }

  boolean isNative() {
    return transport == TransportMode.NATIVE;
  }

  boolean isAlive() {
    return child.isAlive();
  }

  /** Closes the manager that was, its leases with it, and builds the next. */
  Probe with(Settings settings) {
    assertThat(
            ask("manager %s %d %d %d %d %s"
                    .formatted(
                        transport,
                        settings.connectMillis(),
                        settings.synRetries(),
                        settings.userTimeoutMillis(),
                        settings.readMillis(),
                        settings.localAddress().orElse("-")))
                .isOk())
        .isTrue();
    return this;
  }

  Outcome acquire(String name, String host, int port) {
    return acquire(name, host, port, NO_MATTER);
  }

  Outcome acquire(String name, String host, int port, int timeoutMillis) {
    return ask("acquire %s %s %d %d".formatted(name, host, port, timeoutMillis));
  }

  /** One acquire that is expected to fail, from a manager of its own. */
  Outcome attempt(Settings settings, String host, int port) {
    return with(settings).acquire("attempt", host, port);
  }

  Outcome write(String name, int bytes) {
    return ask("write %s %d".formatted(name, bytes));
  }

  Outcome read(String name) {
    return ask("read " + name);
  }

  Outcome ask(String command) {
    return Outcome.parse(child.ask(command));
  }

  /** Tells the child what to do, and lets it; {@link #answer} waits for it. */
  void send(String command) {
    child.send(command);
  }

  Outcome answer() {
    return Outcome.parse(child.readLine());
  }

  /** Acquires at once what {@link Target}s say; the answers in their order. */
  List<Outcome> together(Settings settings, List<Target> targets) {
    with(settings);
    send(
        "together "
            + targets.stream()
                .map(each -> each.host() + " " + each.port())
                .collect(Collectors.joining(" ")));
    return targets.stream().map(each -> answer()).toList();
  }

  /** Where to connect to. */
  record Target(String host, int port) {}

  Outcome snapshot(String host, int port) {
    return ask("snapshot %s %d".formatted(host, port));
  }

  /** Connects once, so that what a JVM keeps for good is there, and counts the sockets then. */
  void rest() {
    with(Settings.connectWithin(5_000));
    if (socketsAtRest < 0) {
      assertThat(acquire("first", Lab.SERVER4, PeerMain.FIRST_ECHO).isOk()).isTrue();
      ask("close first");
      socketsAtRest = sockets();
    }
  }

  /** After everything is closed: fails if a socket is left. Abandoned dials get a moment. */
  void assertNoSocketLeft() throws InterruptedException {
    with(Settings.connectWithin(5_000));
    long giveUp = System.nanoTime() + 3_000_000_000L;
    while (sockets() > socketsAtRest && System.nanoTime() < giveUp) {
      Thread.sleep(20);
    }
    assertThat(sockets())
        .as("sockets that the %s transport has left", transport.name().toLowerCase(Locale.ROOT))
        .isEqualTo(socketsAtRest);
  }

  private long sockets() {
    return ask("sockets").number("count");
  }

  @Override
  public void close() {
    child.close();
  }
}
