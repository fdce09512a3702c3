package io.trunkline.spring;

import io.trunkline.net.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The endpoints that are known by name, in the order of the properties. Immutable. */
public final class NamedEndpoints implements Iterable<NamedEndpoint> {
  static final String PREFIX = "trunkline.endpoints.";

  private final List<NamedEndpoint> all;

  private NamedEndpoints(Collection<NamedEndpoint> all) {
    this.all = List.copyOf(all);
  }

  static NamedEndpoints of(Map<String, EndpointProperties> properties) {
    List<NamedEndpoint> all = new ArrayList<>();
    properties.forEach(
        (name, its) -> {
          NamedEndpoint named = named(name, its);
          for (NamedEndpoint other : all) {
            if (other.endpoint().equals(named.endpoint())) {
              throw new InvalidPropertyException(
                  PREFIX + name,
                  null,
                  "is " + named.endpoint() + ", and so is " + PREFIX + other.name(),
                  "Keep one of the two.");
            }
          }
          all.add(named);
        });
    return new NamedEndpoints(all);
  }

  private static NamedEndpoint named(String name, EndpointProperties its) {
    String prefix = PREFIX + name + ".";
    String host = its.host() != null ? its.host() : its.serviceId();
    if (host == null || host.isBlank()) {
      throw new InvalidPropertyException(
          prefix + "host",
          its.host(),
          "is missing",
          "Set it to the host name or IP address of the endpoint, or set "
              + prefix
              + "service-id.");
    }
    Integer port = its.port();
    if (port == null && its.serviceId() != null) {
      port = its.tls() ? 443 : 80;
    }
    if (port == null || port < 1 || port > 65_535) {
      throw new InvalidPropertyException(
          prefix + "port",
          port,
          port == null ? "is missing" : "must be from 1 to 65535",
          "Set it to the port of the endpoint, from 1 to 65535.");
    }
    if (its.warmUp() < 0) {
      throw new InvalidPropertyException(
          prefix + "warm-up",
          its.warmUp(),
          "must be 0 or more",
          "Set it to the number of connections to open at the start, or remove it.");
    }
    if (its.ssl().bundle() != null && !its.tls()) {
      throw new InvalidPropertyException(
          prefix + "ssl.bundle",
          its.ssl().bundle(),
          "is set, but the endpoint does not speak TLS",
          "Set " + prefix + "tls to true, or remove the bundle.");
    }
    try {
      Endpoint endpoint = its.tls() ? Endpoint.tls(host, port) : Endpoint.tcp(host, port);
      return new NamedEndpoint(
          name, endpoint, Optional.ofNullable(its.serviceId()), its.http(), its.warmUp());
    } catch (IllegalArgumentException notAHost) {
      throw InvalidPropertyException.ofValue(prefix + "host", host, notAHost);
    }
  }

  @Override
  public Iterator<NamedEndpoint> iterator() {
    return all.iterator();
  }

  /** The endpoint of that name. */
  public Optional<NamedEndpoint> find(String name) {
    return all.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /** That of the endpoint, or of the one that speaks TLS where this is what its clients dial. */
  public Optional<NamedEndpoint> of(Endpoint endpoint) {
    Optional<NamedEndpoint> own =
        all.stream().filter(each -> each.endpoint().equals(endpoint)).findFirst();
    return own.or(() -> all.stream().filter(each -> each.plain().equals(endpoint)).findFirst());
  }

  /** What the application calls the endpoint; where it has no name, itself. */
  public String nameOf(Endpoint endpoint) {
    return of(endpoint).map(NamedEndpoint::name).orElseGet(endpoint::toString);
  }

  /**
   * What is dialled for the name: its endpoint, and the {@link NamedEndpoint#plain} one, unless
   * that has a name of its own.
   */
  public List<Endpoint> dialledFor(NamedEndpoint named) {
    Endpoint plain = named.plain();
    boolean alone = plain.equals(named.endpoint()) || !nameOf(plain).equals(named.name());
    return alone ? List.of(named.endpoint()) : List.of(named.endpoint(), plain);
  }
}
