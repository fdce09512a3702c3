package io.trunkline.config;

import io.trunkline.net.Endpoint;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * How TLS is spoken with the endpoints that want it. The name of the host is always checked against
 * the certificate. Immutable and thread-safe.
 */
public final class TlsSettings {
  private static final int LONGEST_ALPN_NAME = 255; // RFC 7301, 3.1

  private final Duration timeout;
  private final List<String> protocols;
  private final List<String> cipherSuites;
  private final List<String> applicationProtocols;
  private final Function<Endpoint, SSLContext> sslContext;
  private final SSLContext given;

  private TlsSettings(Builder from) {
    this.timeout = from.timeout;
    this.protocols = from.protocols;
    this.cipherSuites = from.cipherSuites;
    this.applicationProtocols = from.applicationProtocols;
    this.sslContext = from.sslContext;
    this.given = from.given;
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these settings. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** The limit of a TLS handshake, counted from the end of the TCP handshake. Default 5 s. */
  public Duration timeout() {
    return timeout;
  }

  /** The versions that are offered. Default TLSv1.3 and TLSv1.2. */
  public List<String> protocols() {
    return protocols;
  }

  /** The cipher suites that are offered, the preferred one first; empty for those of the JDK. */
  public List<String> cipherSuites() {
    return cipherSuites;
  }

  /** The application protocols that are offered (ALPN, RFC 7301). Default none. */
  public List<String> applicationProtocols() {
    return applicationProtocols;
  }

  /** Where keys and trust come from; empty for {@link SSLContext#getDefault}. Default empty. */
  public Optional<Function<Endpoint, SSLContext>> sslContext() {
    return Optional.ofNullable(sslContext);
  }

  /** Builds settings, and refuses a bad value by its name. Not thread-safe. */
  public static final class Builder {
    private static final List<String> DEFAULT_PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private Duration timeout = Duration.ofSeconds(5);
    private List<String> protocols = DEFAULT_PROTOCOLS;
    private List<String> cipherSuites = List.of();
    private List<String> applicationProtocols = List.of();
    private Function<Endpoint, SSLContext> sslContext;

    /** What names are checked against; null for the default context. */
    private SSLContext given;

    private Builder() {}

    private Builder(TlsSettings from) {
      timeout = from.timeout;
      protocols = from.protocols;
      cipherSuites = from.cipherSuites;
      applicationProtocols = from.applicationProtocols;
      sslContext = from.sslContext;
      given = from.given;
    }

    /**
     * The limit of a TLS handshake, counted from the end of the TCP handshake. Default 5 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     tls.timeout}
     */
    public Builder timeout(Duration value) {
      timeout = Check.positive("tls.timeout", value);
      return this;
    }

    /** The versions that are offered. Default TLSv1.3 and TLSv1.2. */
    public Builder protocols(String... values) {
      protocols = names("tls.protocols", values);
      if (protocols.isEmpty()) {
        throw new IllegalArgumentException("tls.protocols must name one at least, but was []");
      }
      return this;
    }

    /** The cipher suites that are offered, the preferred one first; none for those of the JDK. */
    public Builder cipherSuites(String... values) {
      cipherSuites = names("tls.cipher-suites", values);
      return this;
    }

    /**
     * The application protocols that are offered (ALPN, RFC 7301), such as {@code h2}. Default
     * none.
     *
     * @throws IllegalArgumentException if one is empty or longer than 255 bytes; the message names
     *     {@code tls.application-protocols}
     */
    public Builder applicationProtocols(String... values) {
      for (String value : names("tls.application-protocols", values)) {
        int length = value.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > LONGEST_ALPN_NAME) {
          throw new IllegalArgumentException(
              "tls.application-protocols must have 1 to 255 bytes each, but was \"" + value + "\"");
        }
      }
      applicationProtocols = List.of(values);
      return this;
    }

    /**
     * Where keys and trust come from. Default {@link SSLContext#getDefault}. One context for many
     * connections lets sessions be resumed. Failures tell more where the trust managers of the
     * context are wrapped by {@link io.trunkline.failure.ExplainingTrustManager}.
     */
    public Builder sslContext(SSLContext value) {
      given = Check.notNull("tls.ssl-context", value);
      sslContext = endpoint -> value;
      return this;
    }

    /**
     * The same for each endpoint, asked before each TLS handshake, on the thread that dials: so
     * that keys can be renewed. The function must be thread-safe and must not block.
     */
    public Builder sslContext(Function<Endpoint, SSLContext> value) {
      given = null;
      sslContext = Check.notNull("tls.ssl-context", value);
      return this;
    }

    /**
     * Builds the settings.
     *
     * @throws IllegalArgumentException if the context, or the default one where it is chosen for
     *     each endpoint, does not know a protocol or cipher suite; the message names the setting
     */
    public TlsSettings build() {
      if (!cipherSuites.isEmpty() || !protocols.equals(DEFAULT_PROTOCOLS)) {
        SSLParameters supported = supported(context());
        known("tls.protocols", protocols, supported.getProtocols());
        known("tls.cipher-suites", cipherSuites, supported.getCipherSuites());
      }
      return new TlsSettings(this);
    }

    private SSLContext context() {
      try {
        return given != null ? given : SSLContext.getDefault();
      } catch (NoSuchAlgorithmException unusable) {
        throw new IllegalStateException("the JDK has no usable default SSLContext", unusable);
      }
    }

    private static SSLParameters supported(SSLContext context) {
      try {
        return context.getSupportedSSLParameters();
      } catch (IllegalStateException | UnsupportedOperationException unusable) {
        throw new IllegalArgumentException(
            "tls.ssl-context must be initialized, but was "
                + context.getProtocol()
                + " without init",
            unusable);
      }
    }

    private static List<String> names(String setting, String... values) {
      Check.notNull(setting, values);
      for (String value : values) {
        Check.notNull(setting, value);
      }
      return List.of(values);
    }

    private static void known(String setting, List<String> wanted, String... supported) {
      Set<String> unknown = new HashSet<>(wanted);
      unknown.removeAll(Set.of(supported));
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(
            setting + " must be among " + Arrays.toString(supported) + ", but was " + unknown);
      }
    }
  }
}
