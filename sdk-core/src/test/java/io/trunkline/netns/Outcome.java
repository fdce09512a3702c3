package io.trunkline.netns;

import java.util.Map;
import java.util.TreeMap;

/** One answer of a {@link ProbeMain}. */
record Outcome(boolean isOk, Map<String, String> facts) {
  static Outcome parse(String line) {
    String[] fields = line.split("\t");
    Map<String, String> facts = new TreeMap<>();
    for (int i = 1; i < fields.length; i++) {
      int at = fields[i].indexOf('=');
      facts.put(fields[i].substring(0, at), fields[i].substring(at + 1));
    }
    return new Outcome(fields[0].equals("ok"), facts);
  }

  String text(String key) {
    String value = facts.get(key);
    if (value == null) {
      throw new AssertionError("no " + key + " in " + this);
    }
    return value;
  }

  long number(String key) {
    return Long.parseLong(text(key));
  }

  @Override
  public String toString() {
    return (isOk ? "ok " : "failed ") + facts;
  }
}
