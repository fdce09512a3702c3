package io.trunkline.transport.tls;

import io.trunkline.config.TlsSettings;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * TLS by the JDK. The host of the endpoint is always checked against the certificate: by JSSE in
 * the TLS handshake, and after it by {@link HostCheck}, since a trust manager of the caller's own
 * can take that check over from JSSE, and leave it out.
 */
public final class JsseTls implements TlsLayer {
  /** Host names as RFC 2818 compares them; JSSE has no other check for certificates in general. */
  private static final String CHECK_NAMES = "HTTPS";

  private final TlsSettings settings;
  private final DefaultContext defaultContext = new DefaultContext();

  public JsseTls(TlsSettings settings) {
    this.settings = settings;
  }

  @Override
  public Duration timeout() {
    return settings.timeout();
  }

  @Override
  public Handshake begin(TransportSocket connected, Endpoint endpoint) throws IOException {
    String host = hostWithoutScope(endpoint.host());
    try {
      return new JsseHandshake(
          connected,
          endpoint,
          context(endpoint).getSocketFactory(),
          host,
          parameters -> adapted(parameters, host));
    } catch (GeneralSecurityException | RuntimeException unusable) {
      throw Failures.exception(
          FailureDetails.of(FailureKind.TLS_FAILED, FailurePhase.TLS_HANDSHAKE)
              .withEndpoint(endpoint)
              .withNote("the TLS settings cannot be used: " + unusable.getMessage()),
          unusable);
    }
  }

  private SSLContext context(Endpoint endpoint) throws GeneralSecurityException {
    if (settings.sslContext().isEmpty()) {
      return defaultContext.get();
    }
    SSLContext given = given(settings.sslContext().get(), endpoint);
    if (given == null) {
      throw new IllegalStateException("there is no SSLContext for " + endpoint);
    }
    return given;
  }

  /** The text of what a function throws that reads keys may hold their password. */
  private static SSLContext given(Function<Endpoint, SSLContext> function, Endpoint endpoint) {
    try {
      return function.apply(endpoint);
    } catch (RuntimeException failed) {
      throw new IllegalStateException(
          "there is no SSLContext for " + endpoint + ": " + Failures.safeText(failed), failed);
    }
  }

  private SSLParameters adapted(SSLParameters parameters, String host) {
    parameters.setEndpointIdentificationAlgorithm(CHECK_NAMES);
    parameters.setProtocols(settings.protocols().toArray(String[]::new));
    if (!settings.cipherSuites().isEmpty()) {
      parameters.setCipherSuites(settings.cipherSuites().toArray(String[]::new));
    }
    parameters.setApplicationProtocols(settings.applicationProtocols().toArray(String[]::new));
    parameters.setServerNames(serverNames(host));
    return parameters;
  }

  /** For names only (RFC 6066, 3). */
  private static List<SNIServerName> serverNames(String host) {
    if (isLiteral(host)) {
      return List.of();
    }
    try {
      return List.of(
          new SNIHostName(host.endsWith(".") ? host.substring(0, host.length() - 1) : host));
    } catch (IllegalArgumentException notAHostName) {
      return List.of(); // an underscore, for one: name servers know it, SNI does not
    }
  }

  /** IPv6, or what ends in a number, as no name does (RFC 3696, 2). */
  private static boolean isLiteral(String host) {
    String end = host.substring(host.lastIndexOf('.') + 1);
    return host.indexOf(':') >= 0
        || (!end.isEmpty() && end.chars().allMatch(c -> c >= '0' && c <= '9'));
  }

  private static String hostWithoutScope(String host) {
    int scope = host.indexOf('%');
    return scope < 0 ? host : host.substring(0, scope);
  }
}
