package io.trunkline.samples.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Locale;

/** Lays text out for a terminal: ASCII, at most 100 columns, bold and red where it has colours. */
public final class Page {
  /** The widest line, unless one word is longer. */
  public static final int COLUMNS = 100;

  private static final String BOLD = "\033[1m";
  private static final String RED = "\033[31m";
  private static final String PLAIN = "\033[m";
  private static final int LABEL_COLUMNS = 17;

  private final PrintWriter out;
  private final boolean colour;

  public Page(PrintWriter out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  /** A page that nobody reads. */
  public static Page nowhere() {
    return new Page(new PrintWriter(Writer.nullWriter()), false);
  }

  public void heading(String text) {
    out.println();
    out.println(bold(text));
  }

  public void line(String text) {
    out.println(text);
  }

  /** A label, and text beside it that is broken into lines. */
  public void labelled(String label, String text) {
    String first = String.format("    %-13s", label);
    List<String> lines = Wrapped.lines(text, COLUMNS - LABEL_COLUMNS);
    for (int i = 0; i < lines.size(); i++) {
      out.println((i == 0 ? first : " ".repeat(LABEL_COLUMNS)) + lines.get(i));
    }
  }

  public void paragraph(String indent, String text) {
    for (String line : Wrapped.lines(text, COLUMNS - indent.length())) {
      out.println(indent + line);
    }
  }

  public void flush() {
    out.flush();
  }

  public String bold(String text) {
    return colour ? BOLD + text + PLAIN : text;
  }

  public String red(String text) {
    return colour ? RED + text + PLAIN : text;
  }

  /** Milliseconds, with as many digits as say something. */
  public static String millis(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.2f ms" : "%,.0f ms", value);
  }
}
