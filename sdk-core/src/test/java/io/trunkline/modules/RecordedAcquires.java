package io.trunkline.modules;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** The acquires that a recording has, however short they were. */
final class RecordedAcquires {
  /** What is recorded. */
  interface Action {
    void run() throws Exception;
  }

  private RecordedAcquires() {}

  static long count(Action action) throws Exception {
    Path file = Files.createTempFile("acquires-", ".jfr");
    try (Recording recording = new Recording()) {
      recording.setSettings(Map.of("io.trunkline.Acquire#minimum", "0 ns"));
      recording.start();
      action.run();
      recording.stop();
      recording.dump(file);
      return RecordingFile.readAllEvents(file).stream()
          .filter(event -> event.getEventType().getName().equals("io.trunkline.Acquire"))
          .count();
    } finally {
      Files.delete(file);
    }
  }
}
