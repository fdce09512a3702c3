package io.trunkline.spring;

import io.trunkline.net.Endpoint;
import java.util.Optional;

/**
 * An endpoint of the properties {@code trunkline.endpoints.<name>}.
 *
 * @param name how the application calls it
 * @param endpoint where it is
 * @param serviceId the service whose instances stand behind it, where it is one
 * @param http whether HTTP clients call it
 * @param warmUp how many connections are opened before the application is ready
 */
public record NamedEndpoint(
    String name, Endpoint endpoint, Optional<String> serviceId, boolean http, int warmUp) {
  /**
   * The endpoint that a client dials that speaks TLS itself, as HTTP clients do: the plain one of
   * the same host and port. Where no TLS is spoken it is the endpoint.
   */
  public Endpoint plain() {
    return endpoint.isTls() ? Endpoint.tcp(endpoint.host(), endpoint.port()) : endpoint;
  }
}
