package io.trunkline.samples.diagnose;

import io.trunkline.ConnectionManager;
import io.trunkline.config.FastOpen;
import io.trunkline.observe.ConnectionListener;
import java.net.InetSocketAddress;
import java.util.List;

/** Makes the connection managers of one diagnosis. */
final class Managers {
  private final Plan plan;
  private final Trust trust;

  Managers(Plan plan, Trust trust) {
    this.plan = plan;
    this.trust = trust;
  }

  /** One that connects to all addresses of the endpoint. */
  ConnectionManager forAll(ConnectionListener listener) {
    return builder(listener, FastOpen.OFF).resolver(plan.resolver()).build();
  }

  /** One that knows one address of the endpoint, and no other. */
  ConnectionManager forOne(
      InetSocketAddress address, ConnectionListener listener, FastOpen fastOpen) {
    return builder(listener, fastOpen).resolver(endpoint -> List.of(address)).build();
  }

  private ConnectionManager.Builder builder(ConnectionListener listener, FastOpen fastOpen) {
    return ConnectionManager.builder()
        .transport(plan.transport())
        .listener(listener)
        // A look at what fails must not be cut short because it fails.
        .circuitBreaker(breaker -> breaker.enabled(false))
        .connect(connect -> connect.timeout(plan.timeout()).fastOpen(fastOpen))
        .socket(socket -> socket.readTimeout(plan.timeout()).writeTimeout(plan.timeout()))
        // Longer than the dial within it, so that the dial says itself why it failed.
        .pool(pool -> pool.acquireTimeout(plan.timeout().multipliedBy(3)))
        .tls(
            tls ->
                tls.timeout(plan.timeout())
                    .applicationProtocols(plan.alpn().toArray(String[]::new))
                    .sslContext(endpoint -> trust.newContext()));
  }
}
