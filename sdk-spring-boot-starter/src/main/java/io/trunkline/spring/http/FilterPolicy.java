package io.trunkline.spring.http;

import io.trunkline.net.AddressPolicy;
import io.trunkline.net.Endpoint;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.springframework.boot.http.client.InetAddressFilter;

/** Boot's filter as an address policy. Clients with the same filter share connections. */
record FilterPolicy(InetAddressFilter filter) implements AddressPolicy {
  @Override
  public Optional<String> refusal(Endpoint endpoint, InetSocketAddress address) {
    return filter.matches(address)
        ? Optional.empty()
        : Optional.of("the InetAddressFilter of the application does not match it");
  }
}
