package io.trunkline.observe.jfr;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.SampleEvents;
import io.trunkline.testing.Allocated;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JfrListenerTest {
  private static final Endpoint DB = Endpoint.tcp("db.example", 5432);

  private final ConnectionListener listener = FlightRecording.listener();
  @TempDir Path directory;

  /** What a recording has of ours, with no setting but the given one. */
  private List<RecordedEvent> recorded(String setting, String value, Runnable action)
      throws IOException {
    Path file = directory.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      if (setting != null) { // else what is on, is on by default
        recording.setSettings(Map.of(setting, value));
      }
      recording.start();
      action.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().startsWith("io.trunkline."))
        .toList();
  }

  private List<RecordedEvent> recorded(Runnable action) throws IOException {
    return recorded(null, null, action);
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("io.trunkline." + name))
        .toList();
  }

  @Test
  void everyStepIsAnEventThatIsOnByDefault() throws IOException {
    List<RecordedEvent> events = recorded(() -> SampleEvents.raiseAll(listener, DB));
    assertThat(events.stream().map(event -> event.getEventType().getName()).distinct())
        .containsExactlyInAnyOrder(
            "io.trunkline.Resolve",
            "io.trunkline.Connect",
            "io.trunkline.TlsHandshake",
            "io.trunkline.Close",
            "io.trunkline.Leak",
            "io.trunkline.Breaker",
            "io.trunkline.Probe"); // the acquires of the sample are too short
    assertThat(events).allMatch(event -> "db.example:5432".equals(event.getString("endpoint")));
    assertThat(events)
        .allMatch(event -> event.getEventType().getCategoryNames().equals(List.of("Trunkline")));
  }

  @Test
  void aConnectSaysHowItWent() throws IOException {
    List<RecordedEvent> connects =
        named(recorded(() -> SampleEvents.raiseAll(listener, DB)), "Connect");
    assertThat(connects).hasSize(2);
    RecordedEvent good = connects.get(0);
    assertThat(good.getDuration("elapsed")).isEqualTo(Duration.ofNanos(1_000));
    assertThat(good.getDuration("roundTripTime")).isEqualTo(Duration.ofNanos(100_000));
    assertThat(good.getLong("synRetransmits")).isEqualTo(1);
    assertThat(good.getString("fastOpen")).isEqualTo("NOT_USED");
    assertThat(good.getString("address")).contains("192.0.2.77:5432");
    assertThat(good.getString("failureKind")).isNull();
    assertThat(good.getStackTrace()).as("says nothing here").isNull();
    RecordedEvent bad = connects.get(1);
    assertThat(bad.getString("failureKind")).isEqualTo("REFUSED");
    assertThat(bad.getString("failure")).contains("connection refused");
  }

  @Test
  void onlyAcquiresThatTookLongAreEventsAndShowWhoWaited() throws IOException {
    List<RecordedEvent> acquires =
        named(
            recorded(
                () -> {
                  listener.acquired(DB, TimeUnit.MILLISECONDS.toNanos(10) - 1, true);
                  listener.acquired(DB, TimeUnit.MILLISECONDS.toNanos(10), true);
                  listener.acquireFailed(
                      DB,
                      TimeUnit.SECONDS.toNanos(10),
                      SampleEvents.failure(FailureKind.ACQUIRE_TIMED_OUT));
                }),
            "Acquire");
    assertThat(acquires).hasSize(2);
    assertThat(acquires.get(0).getBoolean("reused")).isTrue();
    assertThat(acquires.get(1).getString("failureKind")).isEqualTo("ACQUIRE_TIMED_OUT");
    assertThat(acquires.get(0).getStackTrace().getFrames())
        .anyMatch(frame -> frame.getMethod().getType().getName().equals(getClass().getName()));
  }

  @Test
  void theMinimumOfAcquiresIsASetting() throws IOException {
    List<RecordedEvent> acquires =
        named(
            recorded(
                "io.trunkline.Acquire#minimum",
                "1 ms",
                () -> {
                  listener.acquired(DB, TimeUnit.MILLISECONDS.toNanos(1), false);
                  listener.acquired(DB, TimeUnit.MICROSECONDS.toNanos(999), false);
                }),
            "Acquire");
    assertThat(acquires).hasSize(1);
  }

  @Test
  void minimumTimesAreReadInEachUnitAndTheShortestCounts() {
    MinimumTime minimum = new MinimumTime();
    assertThat(minimum.nanos()).isEqualTo(10_000_000);
    minimum.setValue("3 s");
    assertThat(minimum.nanos()).isEqualTo(3_000_000_000L);
    assertThat(minimum.getValue()).isEqualTo("3 s");
    minimum.setValue("250us");
    assertThat(minimum.nanos()).isEqualTo(250_000);
    minimum.setValue("soon");
    assertThat(minimum.nanos()).isEqualTo(10_000_000);
    assertThat(minimum.combine(Set.of("1 s", "20 ms", "1 m"))).isEqualTo("20 ms");
  }

  @Test
  void connectsAreHeardWhileTheyAreRecorded() throws IOException {
    recorded(() -> assertThat(listener.hearsConnects()).isTrue());
    assertThat(listener.hearsConnects()).as("after the recording").isFalse();
    recorded(
        "io.trunkline.Connect#enabled",
        "false",
        () -> assertThat(listener.hearsConnects()).as("switched off").isFalse());
  }

  @Test
  void anEventTypeCanBeSwitchedOff() throws IOException {
    List<RecordedEvent> events =
        recorded(
            "io.trunkline.Connect#enabled", "false", () -> SampleEvents.raiseAll(listener, DB));
    assertThat(named(events, "Connect")).isEmpty();
    assertThat(named(events, "Close")).hasSize(1);
  }

  @Test
  void nothingIsAllocatedWhileNobodyRecords() throws Exception {
    recorded(() -> SampleEvents.raiseAll(listener, DB)); // loads, and switches on and off
    assertThat(FlightRecorder.getFlightRecorder().getRecordings()).isEmpty();
    int events = 2_000;
    Allocated.bytes();
    long before = Allocated.bytes();
    for (int i = 0; i < events; i++) {
      listener.acquired(DB, TimeUnit.SECONDS.toNanos(1), true);
    }
    assertThat(Allocated.bytes() - before).as("bytes").isLessThan(8L * events);
  }

  @Test
  void theDocumentationListsEveryEventWithItsFields() throws IOException {
    recorded(() -> SampleEvents.raiseAll(listener, DB));
    String docs = Files.readString(Path.of("..", "docs", "observability.md"));
    for (EventType type : FlightRecorder.getFlightRecorder().getEventTypes()) {
      if (!type.getName().startsWith("io.trunkline.")) {
        continue;
      }
      String row =
          docs.lines()
              .filter(line -> line.startsWith("| `" + type.getName() + "` |"))
              .findFirst()
              .orElseThrow(() -> new AssertionError(type.getName() + " is not listed"));
      List<String> own =
          type.getFields().stream()
              .map(field -> field.getName())
              .filter(
                  name ->
                      !List.of(
                              "startTime",
                              "duration",
                              "eventThread",
                              "stackTrace",
                              "endpoint",
                              "address")
                          .contains(name))
              .toList();
      assertThat(List.of(row.substring(row.lastIndexOf(" | ") + 3).replace(" |", "").split(", ")))
          .as(type.getName())
          .containsExactlyElementsOf(own);
    }
  }
}
