package io.trunkline.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failure.FailureKind;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the records of a TLS handshake tell, in whatever pieces they come. */
class RecordWatchTest {
  private static final byte[] HANDSHAKE = {22, 3, 3, 0, 4, 21, 3, 2, 70};
  private static final byte[] EMPTY = {23, 3, 3, 0, 0};
  private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 70};
  private static final byte[] ENCRYPTED_ALERT = {21, 3, 3, 0, 3, 2, 70, 1};

  private static RecordWatch seen(int piece, byte[]... records) {
    RecordWatch watch = new RecordWatch();
    for (byte[] record : records) {
      for (int at = 0; at < record.length; at += piece) {
        watch.see(record, at, Math.min(piece, record.length - at));
      }
    }
    return watch;
  }

  @Test
  void nothingSeenIsEmpty() {
    RecordWatch watch = seen(1);
    assertThat(watch.isEmpty()).isTrue();
    assertThat(watch.hasAlert()).isFalse();
    assertThat(watch.isAlien()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 6, 7, 100})
  void alertInTheClearIsRead(int piece) {
    RecordWatch watch = seen(piece, ALERT);
    assertThat(watch.alert()).isEqualTo(70);
    assertThat(watch.hasAlert()).isTrue();
    assertThat(watch.alertCameFirst()).isTrue();
    assertThat(watch.isAlien()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 100})
  void alertAfterOtherRecordsDidNotComeFirst(int piece) {
    RecordWatch watch = seen(piece, HANDSHAKE, EMPTY, ALERT);
    assertThat(watch.alert()).isEqualTo(70);
    assertThat(watch.alertCameFirst()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 100})
  void bytesInOtherRecordsAreNoAlert(int piece) {
    assertThat(seen(piece, HANDSHAKE, EMPTY, ENCRYPTED_ALERT).hasAlert()).isFalse();
  }

  /** The level alone says nothing yet. */
  @Test
  void halfAnAlertIsNone() {
    RecordWatch watch = new RecordWatch();
    watch.see(ALERT, 0, ALERT.length - 1);
    assertThat(watch.hasAlert()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"HTTP/1.1 400 Bad", "SSH-2.0-x", "220 smtp", "\u0000\u0001", "\u0016\u0001"})
  void whatIsNoTlsIsAlien(String text) {
    for (int piece : new int[] {1, 100}) {
      assertThat(seen(piece, text.getBytes(StandardCharsets.ISO_8859_1)).isAlien()).isTrue();
    }
  }

  @Test
  void beginningIsFitForALogLine() {
    String text = "HTTP/1.1 400 \u001b[31m\u00e9\r\nX: y";
    assertThat(seen(1, text.getBytes(StandardCharsets.ISO_8859_1)).beginning())
        .isEqualTo("HTTP/1.1 400 .[31m.");
  }

  @Test
  void numbersOfAlertsHaveKinds() {
    assertThat(Alerts.kind(40, true)).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat(Alerts.kind(40, false)).isEqualTo(FailureKind.TLS_FAILED);
    assertThat(Alerts.kind(70, false)).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat(Alerts.kind(120, true)).isEqualTo(FailureKind.TLS_PROTOCOL);
    assertThat(Alerts.kind(0, true)).isEqualTo(FailureKind.PEER_CLOSED);
    assertThat(Alerts.kind(42, false)).isEqualTo(FailureKind.TLS_FAILED);
    assertThat(Alerts.words(42)).contains("bad_certificate").contains("of this side");
    assertThat(Alerts.words(199)).contains("number 199");
  }
}
