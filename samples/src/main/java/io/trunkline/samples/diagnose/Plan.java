package io.trunkline.samples.diagnose;

import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import java.time.Duration;
import java.util.List;

/**
 * What is to be looked at, and how.
 *
 * @param httpPath what to GET; null for no request at all
 * @param alpn the application protocols to offer; empty for none
 * @param timeout of each connect, of each TLS handshake and of each first byte
 * @param samples how often to connect to each address that answers
 */
record Plan(
    Endpoint endpoint,
    String httpPath,
    List<String> alpn,
    Duration timeout,
    int samples,
    TransportMode transport,
    EndpointResolver resolver) {
  boolean isHttp() {
    return httpPath != null;
  }

  /** Whether there is something that may be sent in a SYN, twice even, without harm. */
  boolean hasFirstFlight() {
    return endpoint.isTls() || isHttp();
  }
}
