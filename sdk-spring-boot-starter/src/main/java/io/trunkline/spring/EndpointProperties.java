package io.trunkline.spring;

import io.trunkline.spring.TrunklineProperties.ConnectProperties;
import io.trunkline.spring.TrunklineProperties.PoolProperties;
import io.trunkline.spring.TrunklineProperties.SocketProperties;
import io.trunkline.spring.TrunklineProperties.SslProperties;
import org.springframework.boot.context.properties.ConfigurationPropertiesSource;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * An endpoint that is known by name. Of the groups pool, connect, socket and ssl it needs only what
 * differs from all other endpoints.
 *
 * @param host Its host name or IP address. With a service id, the name under which the application
 *     calls it; the service id where it is not set.
 * @param port Its port. With a service id it may be left out: then it is 443 with TLS, else 80.
 * @param tls Whether TLS is spoken there.
 * @param serviceId The service whose instances stand behind it, as the Spring Cloud DiscoveryClient
 *     of the application knows it.
 * @param http Whether HTTP clients call it. Then it is warmed up for them, and not for
 *     ConnectionManager.acquire.
 * @param warmUp How many connections are opened before the application is ready.
 */
@ConfigurationPropertiesSource
public record EndpointProperties(
    String host,
    Integer port,
    @DefaultValue("false") boolean tls,
    String serviceId,
    @DefaultValue("false") boolean http,
    @DefaultValue("0") int warmUp,
    @NestedConfigurationProperty @DefaultValue PoolProperties pool,
    @NestedConfigurationProperty @DefaultValue ConnectProperties connect,
    @NestedConfigurationProperty @DefaultValue SocketProperties socket,
    @NestedConfigurationProperty @DefaultValue SslProperties ssl) {}
