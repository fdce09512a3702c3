package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.TransportInfo;
import io.trunkline.netns.FaceProbe.Limits;
import io.trunkline.netns.FaceProbe.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process without a descriptor left, as the ways into the library tell it, plain and over TLS, on
 * both transports. It needs no namespace, only a JVM of its own, which all of them share.
 */
@EnabledOnOs(OS.LINUX)
abstract class DescriptorsContract {
  private static final List<String> FEW_DESCRIPTORS =
      List.of("sh", "-c", "ulimit -n 400; exec \"$@\"", "sh");
  private static final String HOST = "127.0.0.1";

  /** It asks nobody. */
  private static final long MOST_MILLIS = 900L;

  private final List<Class<? extends Face>> faces;

  DescriptorsContract(List<Class<? extends Face>> faces) {
    this.faces = faces;
  }

  /** A plain and a TLS server. */
  private record Servers(ServerSocket plain, ServerSocket tls) implements AutoCloseable {
    static Servers with(SSLContext context) throws IOException {
      InetAddress loopback = InetAddress.getByName(HOST);
      return new Servers(
          HttpPeerMain.listen(context, loopback, false),
          HttpPeerMain.listen(context, loopback, true));
    }

    List<String> urls() {
      return List.of(
          "http://%s:%d/ok".formatted(HOST, plain.getLocalPort()),
          "https://%s:%d/ok".formatted(HOST, tls.getLocalPort()));
    }

    @Override
    public void close() throws IOException {
      plain.close();
      tls.close();
    }
  }

  /** One way into the library over one transport, before, while and after there is none. */
  private static final class Case {
    private final FaceProbe probe;
    private final String name;
    private final List<Outcome> before = new ArrayList<>();
    private final List<Outcome> kept = new ArrayList<>();
    private final List<Outcome> dialled = new ArrayList<>();
    private final List<Outcome> after = new ArrayList<>();

    Case(Child child, Class<? extends Face> face, TransportMode transport) {
      this.probe = new FaceProbe(child, face, transport);
      this.name = face.getSimpleName() + "-" + transport;
    }

    void begin() {
      probe.face(name, Limits.of(3_000, 3_000, 3_000));
    }

    void exchange(List<String> urls, List<Outcome> into) {
      for (String each : urls) {
        into.add(probe.exchange(Request.get(name, each)));
      }
    }

    /** Loads what exchanges and failed dials need, while there are files to load it from. */
    void rehearse(Servers servers) {
      begin();
      List<Outcome> served = new ArrayList<>();
      exchange(servers.urls(), served);
      exchange(servers.urls(), served); // over the same connections
      assertThat(served).allMatch(Outcome::isOk);
      List<Outcome> refused = new ArrayList<>();
      exchange(List.of("http://" + HOST + ":1/", "https://" + HOST + ":1/"), refused);
      assertThat(refused).noneMatch(Outcome::isOk);
      probe.end(name);
    }
  }

  @TestFactory
  Stream<DynamicTest> noDescriptorLeft(@TempDir Path folder) throws Exception {
    Certificate certificate = Certificate.in(folder);
    SSLContext context =
        TlsEchoMain.context(certificate.file().toString(), Certificate.PASSWORD.toCharArray());
    List<Case> cases = new ArrayList<>();
    try (Servers known = Servers.with(context);
        Servers others = Servers.with(context);
        Child child = Child.start(FEW_DESCRIPTORS, certificate.trust(), FaceMain.class)) {
      for (Class<? extends Face> face : faces) {
        for (TransportMode transport : transports()) {
          cases.add(new Case(child, face, transport));
        }
      }
      for (Case each : cases) {
        each.rehearse(known);
      }
      for (Case each : cases) {
        each.probe.rest();
      }
      for (Case each : cases) {
        each.begin();
        each.exchange(known.urls(), each.before);
      }
      cases.get(0).probe.tell("exhaust");
      for (Case each : cases) {
        each.exchange(known.urls(), each.kept);
        each.exchange(others.urls(), each.dialled);
      }
      cases.get(0).probe.tell("relax");
      for (Case each : cases) {
        each.exchange(others.urls(), each.after);
        each.probe.end(each.name);
      }
      cases.get(0).probe.assertNoSocketLeft();
      List<String> urls = others.urls();
      return cases.stream()
          .flatMap(
              each ->
                  Stream.of(0, 1)
                      .map(
                          tls ->
                              DynamicTest.dynamicTest(
                                  each.name + (tls == 0 ? "" : ", TLS"),
                                  () -> check(each, tls, urls.get(tls)))));
    }
  }

  private static List<TransportMode> transports() {
    try (ConnectionManager manager = ConnectionManager.builder().build()) {
      return manager.transport().name().equals(TransportInfo.JDK)
          ? List.of(TransportMode.JDK)
          : List.of(TransportMode.NATIVE, TransportMode.JDK);
    }
  }

  private static void check(Case its, int at, String url) {
    assertThat(its.kept.get(at).isOk())
        .as("a connection that stood: %s", its.kept.get(at))
        .isTrue();
    assertThat(its.kept.get(at).text("port")).isEqualTo(its.before.get(at).text("port"));

    Outcome got = its.dialled.get(at);
    assertThat(got.isOk()).as("%s", got).isFalse();
    assertThat(got.text("phase")).as("%s", got).isEqualTo("CONNECT");
    assertThat(got.text("sent")).isEqualTo("false");
    assertThat(got.text("address")).isEqualTo(HOST);
    assertThat(got.text("message")).contains(URI.create(url).getAuthority());
    assertThat(got.number("wallMs")).isLessThan(MOST_MILLIS);
    if (its.probe.isNative()) {
      assertThat(got.text("kind")).isEqualTo("DESCRIPTORS_EXHAUSTED");
      assertThat(got.text("errno")).isEqualTo("EMFILE");
      assertThat(got.text("advice")).isEqualTo("SAME_ADDRESS_AFTER_BACKOFF");
    } else {
      // No type of the JDK's says so, and its text is for people alone.
      assertThat(got.text("kind")).isEqualTo("OTHER");
      assertThat(got.text("errno")).isEmpty();
      assertThat(got.text("advice")).isEqualTo("NEVER");
      assertThat(got.text("message")).contains("Too many open files");
    }

    assertThat(its.after.get(at).isOk()).as("after it: %s", its.after.get(at)).isTrue();
  }
}
