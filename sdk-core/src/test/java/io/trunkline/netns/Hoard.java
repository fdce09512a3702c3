package io.trunkline.netns;

import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Takes all descriptors that this process may have, and gives them back. */
final class Hoard {
  private final List<FileInputStream> files = new ArrayList<>();

  /** Until none is left for a while: the JVM itself opens files for a moment now and then. */
  void exhaust() {
    for (int quietRounds = 0; quietRounds < 5; quietRounds++) {
      int before = files.size();
      try {
        for (; ; ) {
          files.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException noneLeft) {
        if (files.size() > before) {
          quietRounds = 0;
        }
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  void relax() throws IOException {
    for (FileInputStream each : files) {
      each.close();
    }
    files.clear();
  }
}
