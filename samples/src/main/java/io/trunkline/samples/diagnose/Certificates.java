package io.trunkline.samples.diagnose;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** What certificates say. */
final class Certificates {
  private static final int DNS_NAME = 2; // GeneralName, RFC 5280
  private static final int IP_ADDRESS = 7;

  private Certificates() {}

  /** Of the first of a chain; null if there is none. */
  static Report.Certificate of(List<X509Certificate> chain, Instant now) {
    if (chain.isEmpty()) {
      return null;
    }
    X509Certificate own = chain.get(0);
    Instant end = own.getNotAfter().toInstant();
    return new Report.Certificate(
        Printable.line(own.getSubjectX500Principal().getName()),
        names(own),
        Printable.line(own.getIssuerX500Principal().getName()),
        own.getSubjectX500Principal().equals(own.getIssuerX500Principal()),
        own.getNotBefore().toInstant().toString(),
        end.toString(),
        Math.floorDiv(Duration.between(now, end).toSeconds(), Duration.ofDays(1).toSeconds()),
        chain.size());
  }

  private static List<String> names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> entries = certificate.getSubjectAlternativeNames();
      for (List<?> entry : entries == null ? List.<List<?>>of() : entries) {
        if (entry.get(0).equals(DNS_NAME) || entry.get(0).equals(IP_ADDRESS)) {
          names.add(Printable.line(String.valueOf(entry.get(1))));
        }
      }
    } catch (CertificateParsingException unreadable) {
      names.clear();
    }
    return List.copyOf(names);
  }
}
