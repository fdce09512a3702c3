package io.trunkline.net;

/**
 * How a rejected text is shown in a message, which may end in a log: in one line, not longer than a
 * host may be, and without what follows the host or stands before it in a URL, for those parts
 * carry passwords and tokens (RFC 3986, 7.5).
 */
final class Shown {
  private static final int MOST = 300;
  private static final String HIDDEN = "***";

  private Shown() {}

  static String of(String given) {
    int scheme = given.indexOf("://");
    int start = scheme < 0 ? 0 : scheme + 3;
    int at = given.lastIndexOf('@');
    int end = endOfHost(given, Math.max(start, at + 1));
    StringBuilder shown = new StringBuilder();
    if (at < 0) {
      shown.append(given, 0, end);
    } else if (at < start || endOfHost(given, start) < at) {
      // Where the host is, is anybody's guess: a password may hold any of the marks.
      return HIDDEN;
    } else {
      shown.append(given, 0, start).append(HIDDEN).append(given, at, end);
    }
    if (end < given.length()) {
      shown.append(given.charAt(end)).append(HIDDEN);
    }
    return oneLine(shown);
  }

  private static int endOfHost(String given, int from) {
    for (int i = from; i < given.length(); i++) {
      if ("/?#&;\\".indexOf(given.charAt(i)) >= 0) {
        return i;
      }
    }
    return given.length();
  }

  private static String oneLine(CharSequence text) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), MOST); i++) {
      char c = text.charAt(i);
      boolean breaks = Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
      line.append(breaks ? String.format("\\u%04x", (int) c) : c);
    }
    return text.length() > MOST ? line + "…" : line.toString();
  }
}
