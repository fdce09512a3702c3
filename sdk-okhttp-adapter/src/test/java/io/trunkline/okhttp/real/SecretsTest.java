package io.trunkline.okhttp.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request has in its URL, headers and body is in nothing that is written of its failure. */
class SecretsTest {
  @ParameterizedTest
  @ValueSource(strings = {"AUTO", "JDK"})
  void noSecretOfACallIsInMessagesLogsMetersOrSnapshots(String transport) throws Exception {
    String said =
        ChildJvm.of(SecretsMain.class)
            .option("-Dorg.slf4j.simpleLogger.log.io.trunkline=trace")
            .run(transport)
            .successful();

    // Every place where it could be has been written to, else this proves nothing.
    assertThat(said)
        .contains("heard: refused REFUSED", "heard: refused BREAKER_OPEN", "heard: reset RESET")
        .contains("heard: closed PEER_CLOSED", "heard: silent READ_TIMED_OUT")
        .contains("heard: untrusted CERTIFICATE_UNTRUSTED", "heard: silent-tls TIMED_OUT")
        .contains("heard: policy DENIED_BY_POLICY")
        .contains("thrown: ", "message: ", "safe: ", "snapshot: ", "done")
        .contains("name='trunkline.http.calls'", "name='trunkline.handshake'")
        .contains("WARN io.trunkline.events");
    assertThat(said.lines().filter(line -> line.contains(SecretsMain.SECRET))).isEmpty();
  }
}
