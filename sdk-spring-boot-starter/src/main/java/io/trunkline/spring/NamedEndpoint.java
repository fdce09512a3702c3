package io.trunkline.spring;

import io.trunkline.net.Endpoint;
import java.util.Optional;

/**
 * An endpoint of the properties {@code trunkline.endpoints.<name>}.
 *
 * @param name how the application calls it
 * @param endpoint where it is
 * @param serviceId the service whose instances stand behind it, where it is one
 * @param warmUp how many connections are opened before the application is ready
 */
public record NamedEndpoint(
    String name, Endpoint endpoint, Optional<String> serviceId, int warmUp) {}
