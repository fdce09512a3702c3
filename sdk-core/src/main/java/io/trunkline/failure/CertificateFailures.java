package io.trunkline.failure;

import io.trunkline.net.Endpoint;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Why a certificate was rejected: from the types of the exceptions, from the reason that a path
 * validator gives, and from a second look of {@link ExplainingTrustManager}. Never from a message.
 */
public final class CertificateFailures {
  /** What in the JDK compares names, and throws a bare CertificateException. */
  private static final String NAME_CHECKER = "sun.security.util.HostnameChecker";

  private CertificateFailures() {}

  /**
   * The same details with the kind and with what the certificate says; empty if what was thrown is
   * not about a certificate.
   */
  public static Optional<FailureDetails> explain(FailureDetails details, Throwable thrown) {
    List<Throwable> causes = causes(thrown);
    Optional<FailureKind> kind = kind(causes);
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    List<X509Certificate> chain = chain(causes);
    String note =
        chain.isEmpty()
            ? message(causes)
            : CertificateFacts.of(
                kind.get(),
                chain,
                culprit(causes, chain),
                details.endpoint().map(Endpoint::host).orElse(null));
    String reason = reason(causes);
    return Optional.of(
        details.withKind(kind.get()).withNote(reason == null ? note : note + " (" + reason + ")"));
  }

  private static List<Throwable> causes(Throwable thrown) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Throwable> causes = new ArrayList<>();
    for (Throwable each = thrown; each != null && seen.add(each); each = each.getCause()) {
      causes.add(each);
    }
    return causes;
  }

  private static Optional<FailureKind> kind(List<Throwable> causes) {
    FailureKind found = null;
    for (Throwable each : causes) {
      if (isOfValidity(each)) {
        return Optional.of(FailureKind.CERTIFICATE_EXPIRED); // also where no other path was found
      }
      if (isNameMismatch(each)) {
        return Optional.of(FailureKind.CERTIFICATE_NAME_MISMATCH);
      }
      if (each instanceof CertPathValidatorException
          || each instanceof CertPathBuilderException
          || each instanceof CertificateException) {
        found = FailureKind.CERTIFICATE_UNTRUSTED;
      }
    }
    return Optional.ofNullable(found);
  }

  /** Whether it is about the way to a trusted root, and not about the name. */
  static boolean isOfThePath(Throwable thrown) {
    return causes(thrown).stream()
        .anyMatch(
            each ->
                isOfValidity(each)
                    || each instanceof CertPathValidatorException
                    || each instanceof CertPathBuilderException);
  }

  private static boolean isOfValidity(Throwable thrown) {
    return thrown instanceof CertificateExpiredException
        || thrown instanceof CertificateNotYetValidException
        || (thrown instanceof CertPathValidatorException path
            && (path.getReason() == BasicReason.EXPIRED
                || path.getReason() == BasicReason.NOT_YET_VALID));
  }

  /** Established by a second look, or, with a context of others, by who has thrown it. */
  private static boolean isNameMismatch(Throwable thrown) {
    if (thrown instanceof CertificateRejectedException rejected) {
      return rejected.isNameMismatch();
    }
    StackTraceElement[] stack = thrown.getStackTrace();
    return thrown.getClass() == CertificateException.class
        && stack.length > 0
        && stack[0].getClassName().equals(NAME_CHECKER);
  }

  private static List<X509Certificate> chain(List<Throwable> causes) {
    for (Throwable each : causes) {
      if (each instanceof CertificateRejectedException rejected) {
        return rejected.chain();
      }
    }
    for (Throwable each : causes) {
      if (each instanceof CertPathValidatorException path && path.getCertPath() != null) {
        return x509(path.getCertPath().getCertificates());
      }
    }
    return List.of();
  }

  /** The certificate that a path validator names, else the server's own. */
  private static X509Certificate culprit(List<Throwable> causes, List<X509Certificate> chain) {
    for (Throwable each : causes) {
      if (each instanceof CertPathValidatorException path
          && path.getCertPath() != null
          && path.getIndex() >= 0) {
        List<X509Certificate> certificates = x509(path.getCertPath().getCertificates());
        if (path.getIndex() < certificates.size()) {
          return certificates.get(path.getIndex());
        }
      }
    }
    return chain.get(0);
  }

  private static List<X509Certificate> x509(List<? extends Certificate> certificates) {
    return certificates.stream()
        .filter(X509Certificate.class::isInstance)
        .map(X509Certificate.class::cast)
        .toList();
  }

  /** For people: a reason that is not said by the kind already, such as REVOKED. */
  private static String reason(List<Throwable> causes) {
    for (Throwable each : causes) {
      if (each instanceof CertPathValidatorException path
          && !isOfValidity(path)
          && path.getReason() != BasicReason.UNSPECIFIED
          && path.getReason() != null) {
        return path.getReason().toString();
      }
    }
    return null;
  }

  /** For people: what the innermost exception says. */
  private static String message(List<Throwable> causes) {
    return causes.get(causes.size() - 1).getMessage();
  }
}
