package io.trunkline.transport.tls;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Follows the records of one direction during a TLS handshake, and remembers what JSSE tells in
 * words only: whether it is TLS at all, and the number of an alert that came or went in the clear
 * (RFC 8446, 5.1 and 6). An encrypted alert is longer than two bytes, so none is mistaken for one.
 */
final class RecordWatch {
  private static final int HEADER_BYTES = 5;
  private static final int ALERT = 21;
  private static final int ALERT_BYTES = 2;
  private static final int MAJOR_VERSION = 3;
  private static final int NONE = -1;
  private static final int MOST_SHOWN = 40;

  private final byte[] header = new byte[HEADER_BYTES];
  private int headerBytes;
  private int bodyBytes;
  private final byte[] beginning = new byte[MOST_SHOWN];
  private int shown;
  private boolean alien;
  private int alert = NONE;
  private int records;
  private int alertAt;

  void see(byte[] bytes, int offset, int length) {
    int kept = Math.min(length, MOST_SHOWN - shown);
    System.arraycopy(bytes, offset, beginning, shown, kept);
    shown += kept;
    int end = offset + length;
    for (int at = offset; at < end && !alien; ) {
      at += headerBytes < HEADER_BYTES ? header(bytes[at]) : body(bytes, at, end - at);
    }
  }

  private int header(byte value) {
    header[headerBytes++] = value;
    alien = (headerBytes == 1 && (value < 20 || value > 24)) || isOtherVersion(value);
    if (headerBytes == HEADER_BYTES) {
      bodyBytes = (header[3] & 0xff) << 8 | (header[4] & 0xff);
      records++;
      if (bodyBytes == 0) {
        headerBytes = 0;
      }
    }
    return 1;
  }

  private boolean isOtherVersion(byte value) {
    return headerBytes == 2 && value != MAJOR_VERSION;
  }

  private int body(byte[] bytes, int at, int available) {
    int count = Math.min(bodyBytes, available);
    int length = (header[3] & 0xff) << 8 | (header[4] & 0xff);
    bodyBytes -= count;
    if (header[0] == ALERT && length == ALERT_BYTES && bodyBytes == 0) {
      alert = bytes[at + count - 1] & 0xff; // after the level comes the description
      alertAt = records;
    }
    if (bodyBytes == 0) {
      headerBytes = 0;
    }
    return count;
  }

  /** Whether bytes went by that no version of TLS has. */
  boolean isAlien() {
    return alien;
  }

  /** Whether nothing went by. */
  boolean isEmpty() {
    return shown == 0;
  }

  /** Whether an alert went by in the clear. */
  boolean hasAlert() {
    return alert != NONE;
  }

  /** The number of the last alert (RFC 8446, 6). */
  int alert() {
    return alert;
  }

  /** Whether the alert was the first record, so that it answers the ClientHello. */
  boolean alertCameFirst() {
    return alertAt == 1;
  }

  /** The beginning, for people to read. */
  String beginning() {
    String text = new String(Arrays.copyOf(beginning, shown), StandardCharsets.ISO_8859_1);
    return text.replaceAll("[\\r\\n].*", "").replaceAll("[^\\x20-\\x7e]", ".");
  }
}
