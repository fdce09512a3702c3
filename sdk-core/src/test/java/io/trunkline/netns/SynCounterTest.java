package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.netns.Lab.Firewall;
import io.trunkline.netns.Probe.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That {@link SynCounter} sees what other tests rely on. */
@NeedsNamespaces
class SynCounterTest {
  private static final int PORT = 7027;

  @ParameterizedTest
  @ValueSource(strings = {Lab.SERVER4, Lab.SERVER6})
  void eachConnectionIsOneSynWithoutData(String host, Lab lab) {
    Probe probe = lab.probe(TransportMode.NATIVE).with(Settings.connectWithin(3_000));
    try (SynCounter syns = lab.countSyns(PORT)) {
      for (String name : new String[] {"one", "two", "three"}) {
        assertThat(probe.acquire(name, host, PORT).isOk()).isTrue();
      }
      probe.write("one", 100); // data behind the handshake is no matter

      assertThat(syns.syns()).isEqualTo(3);
      assertThat(syns.dials()).isEqualTo(3);
      assertThat(syns.withData()).isZero();
    }
  }

  @Test
  void aRepeatedSynIsTheSameDial(Lab lab) {
    Probe probe = lab.probe(TransportMode.NATIVE);
    lab.put(Firewall.DROP, PORT);
    try (SynCounter syns = lab.countSyns(PORT)) {
      Outcome got = probe.attempt(Settings.connectWithin(1_400), Lab.SERVER4, PORT);

      assertThat(got.text("kind")).as("%s", got).isEqualTo("TIMED_OUT");
      assertThat(syns.syns()).isEqualTo(2);
      assertThat(syns.dials()).isOne();
    } finally {
      lab.take(Firewall.DROP, PORT);
    }
  }
}
