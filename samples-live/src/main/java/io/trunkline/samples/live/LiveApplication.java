package io.trunkline.samples.live;

import io.trunkline.samples.live.downstream.FaultyServer;
import io.trunkline.samples.live.events.EventFeed;
import io.trunkline.samples.live.load.Backend;
import io.trunkline.samples.live.load.Load;
import io.trunkline.spring.NamedEndpoint;
import io.trunkline.spring.NamedEndpoints;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.client.RestClient;

/**
 * A service that calls two others, {@code stock} and {@code prices}. Both are in this process, but
 * every byte goes over TCP. Nothing here configures Trunkline: the starter does.
 */
@SpringBootApplication(proxyBeanMethods = false)
public class LiveApplication {
  /** With the ports of application.yaml; {@link Live} looks for free ones. */
  public static void main(String[] args) {
    SpringApplication.run(LiveApplication.class, args);
  }

  @Bean
  EventFeed eventFeed(NamedEndpoints names) {
    return new EventFeed(names);
  }

  @Bean(initMethod = "open")
  FaultyServer stock(NamedEndpoints endpoints) {
    return server(endpoints, "stock");
  }

  @Bean(initMethod = "open")
  FaultyServer prices(NamedEndpoints endpoints) {
    return server(endpoints, "prices");
  }

  private static FaultyServer server(NamedEndpoints endpoints, String name) {
    return new FaultyServer(name, named(endpoints, name).endpoint().port());
  }

  private static NamedEndpoint named(NamedEndpoints endpoints, String name) {
    return endpoints
        .find(name)
        .orElseThrow(
            () -> new IllegalStateException("trunkline.endpoints." + name + " is missing"));
  }

  @Bean
  Backend stockBackend(RestClient.Builder builder, NamedEndpoints endpoints, EventFeed events) {
    return backend("stock", builder, endpoints, events);
  }

  @Bean
  Backend pricesBackend(RestClient.Builder builder, NamedEndpoints endpoints, EventFeed events) {
    return backend("prices", builder, endpoints, events);
  }

  private static Backend backend(
      String name, RestClient.Builder builder, NamedEndpoints endpoints, EventFeed events) {
    RestClient client = builder.baseUrl("http://" + named(endpoints, name).endpoint()).build();
    return new Backend(name, client, events);
  }

  /** It depends on the servers so that they end after it. */
  @Bean
  Load load(
      List<Backend> backends,
      List<FaultyServer> servers,
      @Value("${live.calls-per-second}") int callsPerSecond) {
    return new Load(backends, callsPerSecond);
  }
}
