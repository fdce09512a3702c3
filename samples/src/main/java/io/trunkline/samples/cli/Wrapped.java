package io.trunkline.samples.cli;

import java.util.ArrayList;
import java.util.List;

/** Breaks text into lines at spaces. */
final class Wrapped {
  private Wrapped() {}

  /** Lines of at most so many columns; only a word that is longer than that stands out. */
  static List<String> lines(String text, int columns) {
    List<String> lines = new ArrayList<>();
    String rest = text.strip();
    while (rest.length() > columns) {
      int space = rest.lastIndexOf(' ', columns);
      if (space <= 0) {
        space = rest.indexOf(' ');
      }
      if (space < 0) {
        break;
      }
      lines.add(rest.substring(0, space));
      rest = rest.substring(space).strip();
    }
    lines.add(rest);
    return lines;
  }
}
