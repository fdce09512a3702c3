package io.trunkline.samples.quickstart;

import java.util.ArrayList;
import java.util.List;

/** Collects what did not turn out as announced: it makes the quickstart a test as well. */
final class Verdicts {
  private final List<String> wrong = new ArrayList<>();

  /** Notes a claim that does not hold; its text says what was announced, and what was seen. */
  void expect(boolean holds, String claim) {
    if (!holds) {
      wrong.add(claim);
    }
  }

  List<String> notAsAnnounced() {
    return List.copyOf(wrong);
  }
}
