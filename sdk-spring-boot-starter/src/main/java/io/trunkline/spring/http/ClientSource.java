package io.trunkline.spring.http;

import java.util.Optional;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Whose OkHttpClient the clients of the application are derived from: its own one, of several the
 * primary one, else the shared one.
 *
 * @param own whether the application has any
 */
record ClientSource(
    boolean own,
    ObjectProvider<OkHttpClient> clients,
    ConnectionPool pool,
    ObjectProvider<SharedClient> shared) {

  private Optional<OkHttpClient> ofApplication() {
    return own ? Optional.ofNullable(clients.getIfUnique()) : Optional.empty();
  }

  OkHttpClient client() {
    return ofApplication().orElseGet(() -> shared.getObject().client());
  }

  ConnectionPool connections() {
    return ofApplication().map(OkHttpClient::connectionPool).orElse(pool);
  }
}
