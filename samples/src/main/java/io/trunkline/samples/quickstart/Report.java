package io.trunkline.samples.quickstart;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.trunkline.net.TcpInfo;
import io.trunkline.net.TransportInfo;
import io.trunkline.samples.cli.FailureFacts;
import java.util.List;

/**
 * All that the quickstart found out; {@code --json} prints it as it stands.
 *
 * @param javaVersion the Java that runs
 * @param processors how many it may use
 * @param transport which transport ran, and why
 * @param comparisons pooled against new connections
 * @param failures what was provoked, and what it said of itself
 * @param tcpInfo of a pooled connection; null on the jdk transport
 * @param notAsAnnounced what turned out otherwise than the quickstart says it would
 * @param ok whether all turned out as announced
 * @param next what to read next
 */
record Report(
    String javaVersion,
    int processors,
    Transport transport,
    List<Comparison> comparisons,
    List<Failure> failures,
    TcpInfo tcpInfo,
    List<String> notAsAnnounced,
    boolean ok,
    String next) {
  private static final String NEXT =
      "docs/failures.md (every kind of failure: cause, advice, what to look at)";

  /** The report of a tour; what this process is, and what to read next, is the same for each. */
  static Report of(
      TransportInfo transport,
      List<Comparison> comparisons,
      List<Failure> failures,
      TcpInfo tcpInfo,
      List<String> notAsAnnounced) {
    return new Report(
        Runtime.version().toString(),
        Runtime.getRuntime().availableProcessors(),
        new Transport(transport.name(), transport.reason()),
        comparisons,
        failures,
        tcpInfo,
        notAsAnnounced,
        notAsAnnounced.isEmpty(),
        NEXT);
  }

  /** Which transport ran, and why. */
  record Transport(String name, String reason) {}

  /**
   * Variants of one request.
   *
   * @param unit what is counted: requests, or connections had
   * @param speedup the last variant's requests per second over the first one's: median of the
   *     rounds
   * @param speedupLowest the lowest of the rounds
   * @param speedupHighest the highest of the rounds
   * @param serverHandshakes connections that the server counted in all this; null where it is not
   *     our server
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Comparison(
      String title,
      String unit,
      int rounds,
      List<Variant> variants,
      double speedup,
      double speedupLowest,
      double speedupHighest,
      Long serverHandshakes) {
    Variant baseline() {
      return variants.get(0);
    }

    Variant pooled() {
      return variants.get(variants.size() - 1);
    }

    Comparison withServerHandshakes(long counted) {
      return new Comparison(
          title, unit, rounds, variants, speedup, speedupLowest, speedupHighest, counted);
    }
  }

  /**
   * The figures of one variant. Times and rates are without the warm-up, the counts are with it.
   *
   * @param reuseRatio the part of all requests that needed no handshake, 0 to 1
   */
  record Variant(
      String name,
      double requestsPerSecond,
      double p50Micros,
      double p99Micros,
      long requests,
      long handshakes,
      double reuseRatio) {}

  /**
   * Something that went wrong on purpose.
   *
   * @param name a short name
   * @param did how it was provoked
   * @param facts what the exception said; null where there was none
   * @param stale what was seen of the stale connection; null in all other cases
   * @param remarks what else there is to say
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Failure(
      String name,
      String title,
      String did,
      FailureFacts facts,
      Stale stale,
      List<String> remarks) {}

  /**
   * What became of a connection that the server had closed while it was idle.
   *
   * @param plainSocket what a kept java.net.Socket did with the next request
   * @param pooledAnswered whether the pooled request had its answer
   */
  record Stale(
      long handshakesBefore,
      long handshakesAfter,
      long failedDials,
      boolean pooledAnswered,
      String plainSocket) {}
}
