package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.TransportInfo;
import io.trunkline.netns.Probe.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A process without a descriptor left; it needs no namespace, only a JVM of its own. */
@EnabledOnOs(OS.LINUX)
class DescriptorsTest {
  private static final List<String> FEW_DESCRIPTORS =
      List.of("sh", "-c", "ulimit -n 200; exec \"$@\"", "sh");

  @ParameterizedTest
  @EnumSource(
      value = TransportMode.class,
      names = {"NATIVE", "JDK"})
  void noDescriptorLeft(TransportMode transport) throws IOException {
    if (transport == TransportMode.NATIVE) {
      try (ConnectionManager manager = ConnectionManager.builder().build()) {
        assumeThat(manager.transport().name()).isNotEqualTo(TransportInfo.JDK);
      }
    }
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Probe probe = new Probe(Child.start(FEW_DESCRIPTORS, ProbeMain.class), transport)) {
      String host = server.getInetAddress().getHostAddress();
      probe.with(Settings.connectWithin(3_000));
      // Loads what is needed, while there are files to load it from.
      assertThat(probe.acquire("first", host, server.getLocalPort()).isOk()).isTrue();
      assertThat(probe.acquire("refused", host, 1).isOk()).isFalse();

      probe.ask("exhaust");
      Outcome got = probe.acquire("second", host, server.getLocalPort());
      probe.ask("relax");

      assertThat(got.text("phase")).as("%s", got).isEqualTo("CONNECT");
      assertThat(got.text("message")).contains(host + ":" + server.getLocalPort());
      if (probe.isNative()) {
        assertThat(got.text("kind")).isEqualTo("DESCRIPTORS_EXHAUSTED");
        assertThat(got.text("errno")).isEqualTo("EMFILE");
        assertThat(got.text("advice")).isEqualTo("SAME_ADDRESS_AFTER_BACKOFF");
        assertThat(got.text("address")).isEqualTo(host);
      } else {
        assertThat(got.text("kind")).isEqualTo("OTHER");
      }
      assertThat(probe.acquire("third", host, server.getLocalPort()).isOk()).isTrue();
    }
  }
}
