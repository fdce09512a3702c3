package io.trunkline.samples.diagnose;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.trunkline.net.TcpInfo;
import io.trunkline.samples.cli.FailureFacts;
import java.util.List;

/**
 * All that was found out; {@code --json} prints it as it stands. Times are milliseconds. What could
 * not be known is null.
 *
 * @param transport which transport of Trunkline ran
 * @param resolveMillis how long the lookup took; about zero for an IP literal
 * @param failure why there are no addresses
 * @param addresses in the order in which Trunkline would try them
 * @param differences in what the addresses differ
 * @param warnings what works, and is not as it should be
 * @param verdict all of it in one sentence
 * @param exitCode of the command
 */
record Report(
    String endpoint,
    Transport transport,
    Double resolveMillis,
    FailureFacts failure,
    List<Address> addresses,
    List<String> differences,
    List<String> warnings,
    String verdict,
    int exitCode) {

  /** Which transport ran, and why. */
  record Transport(String name, String reason) {}

  /**
   * One address.
   *
   * @param answers whether the first handshakes succeeded, and one sample at least after them
   * @param waterfall the last sample, or how far the address came
   * @param connect the connect times of all samples; null if there were none
   * @param tls their TLS handshakes
   * @param firstByte from the request to the first byte of the answer
   * @param failedSamples how many of the samples failed
   * @param tcpInfo of the last connection, before it was closed
   * @param synRetransmits SYNs that were repeated, in all samples together
   * @param greeting what the server said unasked, its first line; null if nothing
   * @param statusLine the first line of the answer to the request
   */
  record Address(
      String address,
      String family,
      boolean answers,
      Waterfall waterfall,
      Spread connect,
      Spread tls,
      Spread firstByte,
      int samples,
      int failedSamples,
      TcpInfo tcpInfo,
      Long synRetransmits,
      Tls tlsSession,
      Certificate certificate,
      FastOpen fastOpen,
      String greeting,
      String statusLine,
      FailureFacts failure) {}

  /** The steps of one connection, one after another. A step that failed is the last one. */
  record Waterfall(List<Step> steps) {
    double totalMillis() {
      return steps.stream().mapToDouble(Step::millis).sum();
    }
  }

  /** One step. */
  record Step(String name, double millis, boolean failed) {}

  /** Times of the same thing done several times. */
  record Spread(
      int count, double minMillis, double medianMillis, double maxMillis, double jitterMillis) {
    /**
     * @param millis in the order in which they were measured; null if there is none
     */
    static Spread of(List<Double> millis) {
      if (millis.isEmpty()) {
        return null;
      }
      List<Double> sorted = millis.stream().sorted().toList();
      int middle = sorted.size() / 2;
      double median =
          sorted.size() % 2 == 1
              ? sorted.get(middle)
              : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
      double changes = 0;
      for (int i = 1; i < millis.size(); i++) {
        changes += Math.abs(millis.get(i) - millis.get(i - 1));
      }
      return new Spread(
          sorted.size(),
          sorted.get(0),
          median,
          sorted.get(sorted.size() - 1),
          millis.size() == 1 ? 0 : changes / (millis.size() - 1));
    }
  }

  /**
   * What TLS agreed upon.
   *
   * @param applicationProtocol ALPN; null if none
   */
  record Tls(String protocol, String cipherSuite, String applicationProtocol) {}

  /**
   * The certificate of the server, whether it was accepted or not.
   *
   * @param names DNS names and IP addresses that it is for
   * @param notBefore ISO 8601
   * @param notAfter ISO 8601
   * @param daysLeft negative if it has expired
   * @param chainLength how many certificates the server sent
   */
  record Certificate(
      String subject,
      List<String> names,
      String issuer,
      boolean selfSigned,
      String notBefore,
      String notAfter,
      long daysLeft,
      int chainLength) {}

  /**
   * TCP Fast Open.
   *
   * @param kernelClient whether the kernel of this host does it as a client; null if not known
   * @param tried what became of each try; empty if it was not tried
   * @param supported whether the server took data in the SYN; null if not known
   * @param words for people
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record FastOpen(Boolean kernelClient, List<String> tried, Boolean supported, String words) {}
}
