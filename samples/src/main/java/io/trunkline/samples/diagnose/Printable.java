package io.trunkline.samples.diagnose;

import java.nio.charset.StandardCharsets;

/** What a server sent, made fit for a terminal: no control sequences, no second line. */
final class Printable {
  private static final int MOST = 200;

  private Printable() {}

  /** The first line, shortened. */
  static String line(String text) {
    String first = text.lines().findFirst().orElse("");
    String shortened = first.length() > MOST ? first.substring(0, MOST) + "..." : first;
    return shortened.replaceAll("[^\\x20-\\x7e]", "?");
  }

  static String line(byte[] bytes, int length) {
    return line(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
  }
}
