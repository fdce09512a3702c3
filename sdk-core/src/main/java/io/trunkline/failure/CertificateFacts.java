package io.trunkline.failure;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What certificates say, in words for whoever has to replace them. */
final class CertificateFacts {
  private static final int MOST_NAMES = 10;
  private static final int DNS_NAME = 2; // GeneralName, RFC 5280
  private static final int IP_ADDRESS = 7;

  private CertificateFacts() {}

  /**
   * The facts that a kind asks for.
   *
   * @param culprit the one of the chain that is at fault
   * @param asked the host that was asked for, or null
   */
  static String of(
      FailureKind kind, List<X509Certificate> chain, X509Certificate culprit, String asked) {
    return switch (kind) {
      case CERTIFICATE_EXPIRED -> validity(firstOutOfDate(chain, culprit));
      case CERTIFICATE_NAME_MISMATCH -> names(chain.get(0), asked);
      default -> origin(chain);
    };
  }

  private static X509Certificate firstOutOfDate(
      List<X509Certificate> chain, X509Certificate culprit) {
    Instant now = Instant.now();
    List<X509Certificate> candidates = new ArrayList<>(List.of(culprit));
    candidates.addAll(chain);
    return candidates.stream()
        .filter(
            each ->
                now.isAfter(each.getNotAfter().toInstant())
                    || now.isBefore(each.getNotBefore().toInstant()))
        .findFirst()
        .orElse(culprit);
  }

  private static String validity(X509Certificate certificate) {
    Instant from = certificate.getNotBefore().toInstant();
    return Instant.now().isBefore(from)
        ? "the certificate of " + subject(certificate) + " is not valid before " + from
        : "the certificate of "
            + subject(certificate)
            + " expired on "
            + certificate.getNotAfter().toInstant();
  }

  private static String names(X509Certificate certificate, String asked) {
    List<String> names = alternativeNames(certificate);
    String of =
        names.isEmpty()
            ? "no name at all, only for the subject " + subject(certificate)
            : String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())))
                + (names.size() > MOST_NAMES
                    ? " and " + (names.size() - MOST_NAMES) + " more"
                    : "");
    return "the certificate is for " + of + (asked == null ? "" : "; asked was " + asked);
  }

  private static List<String> alternativeNames(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> entries = certificate.getSubjectAlternativeNames();
      for (List<?> entry : entries == null ? List.<List<?>>of() : entries) {
        if (entry.get(0).equals(DNS_NAME) || entry.get(0).equals(IP_ADDRESS)) {
          names.add(printable(String.valueOf(entry.get(1))));
        }
      }
    } catch (CertificateParsingException unreadable) {
      names.clear();
    }
    return names;
  }

  private static String origin(List<X509Certificate> chain) {
    X509Certificate own = chain.get(0);
    X509Certificate last = chain.get(chain.size() - 1);
    if (own.getSubjectX500Principal().equals(own.getIssuerX500Principal())) {
      return "the certificate of " + subject(own) + " is self-signed";
    }
    return "the certificate of "
        + subject(own)
        + " leads to "
        + printable(last.getIssuerX500Principal().getName())
        + ", which is not trusted here; the server sent "
        + (chain.size() == 1 ? "1 certificate" : chain.size() + " certificates");
  }

  private static String subject(X509Certificate certificate) {
    return printable(certificate.getSubjectX500Principal().getName());
  }

  /** What a peer sent must not add lines to a log. */
  private static String printable(String text) {
    return text.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
