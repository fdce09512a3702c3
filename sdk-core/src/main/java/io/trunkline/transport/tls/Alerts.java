package io.trunkline.transport.tls;

import io.trunkline.failure.FailureKind;

/** What the numbers of alerts mean (RFC 8446, 6; RFC 7301, 3.2). */
final class Alerts {
  private Alerts() {}

  /**
   * The kind of failure that an alert of the peer tells.
   *
   * @param answersHello whether it came in place of a ServerHello
   */
  static FailureKind kind(int alert, boolean answersHello) {
    return switch (alert) {
      case 0, 90 -> FailureKind.PEER_CLOSED;
      case 70, 71, 86, 120 -> FailureKind.TLS_PROTOCOL;
      // No parameters in common (RFC 8446, 4.1.1); later it may mean anything.
      case 40 -> answersHello ? FailureKind.TLS_PROTOCOL : FailureKind.TLS_FAILED;
      default -> FailureKind.TLS_FAILED;
    };
  }

  /** Whether this side found that there is nothing in common. */
  static boolean isOfProtocol(int sent) {
    return sent == 70 || sent == 71;
  }

  /** The alert of a peer, for people. */
  static String words(int alert) {
    String said = "the peer sent the alert " + name(alert);
    return isOfCertificate(alert)
        ? said + ": it rejects the certificate of this side, or misses one"
        : said;
  }

  private static boolean isOfCertificate(int alert) {
    return (alert >= 41 && alert <= 46) || alert == 48 || alert == 49 || alert == 116;
  }

  private static String name(int alert) {
    return switch (alert) {
      case 0 -> "close_notify";
      case 10 -> "unexpected_message";
      case 20 -> "bad_record_mac";
      case 22 -> "record_overflow";
      case 40 -> "handshake_failure";
      case 41 -> "no_certificate";
      case 42 -> "bad_certificate";
      case 43 -> "unsupported_certificate";
      case 44 -> "certificate_revoked";
      case 45 -> "certificate_expired";
      case 46 -> "certificate_unknown";
      case 47 -> "illegal_parameter";
      case 48 -> "unknown_ca";
      case 49 -> "access_denied";
      case 50 -> "decode_error";
      case 51 -> "decrypt_error";
      case 70 -> "protocol_version";
      case 71 -> "insufficient_security";
      case 80 -> "internal_error";
      case 86 -> "inappropriate_fallback";
      case 90 -> "user_canceled";
      case 109 -> "missing_extension";
      case 110 -> "unsupported_extension";
      case 112 -> "unrecognized_name";
      case 115 -> "unknown_psk_identity";
      case 116 -> "certificate_required";
      case 120 -> "no_application_protocol";
      default -> "number " + alert;
    };
  }
}
