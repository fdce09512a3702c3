package io.trunkline.observe.micrometer;

import io.micrometer.core.instrument.Tags;
import io.trunkline.net.Endpoint;
import java.util.Locale;

/**
 * The tags of an endpoint. They come from what was asked for, never from the address of a peer:
 * else their number would grow with every restart of a peer.
 *
 * @param common tags of every meter
 * @param endpoint as text
 * @param address the host that was asked for
 * @param server host and port that were asked for
 */
record Labels(Tags common, Tags endpoint, Tags address, Tags server) {
  private static final String OTHER = "other";

  static Labels of(Endpoint endpoint, Tags common) {
    return of(endpoint.toString(), endpoint.host(), Integer.toString(endpoint.port()), common);
  }

  /** For the endpoints that have no meters of their own. */
  static Labels other(Tags common) {
    return of(OTHER, OTHER, OTHER, common);
  }

  private static Labels of(String endpoint, String host, String port, Tags common) {
    Tags address = Tags.of("server.address", host);
    return new Labels(
        common, Tags.of("endpoint", endpoint), address, address.and("server.port", port));
  }

  Tags with(Tags own) {
    return common.and(own);
  }

  static String text(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
