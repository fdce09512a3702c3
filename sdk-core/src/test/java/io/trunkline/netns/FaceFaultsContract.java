package io.trunkline.netns;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.TransportMode;
import io.trunkline.failure.Errno;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.netns.FaceProbe.Limits;
import io.trunkline.netns.FaceProbe.Request;
import io.trunkline.netns.Fault.Told;
import io.trunkline.netns.HandshakeFailuresTest.Case;
import io.trunkline.netns.Lab.Firewall;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The faults of networks and peers as one way into the library tells them, plain and over TLS, on
 * both transports. All befall it at once, so that the long ones do not add up.
 */
@NeedsNamespaces
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FaceFaultsContract {
  private static final long SLACK_MILLIS = 900L;
  private static final int DNS = 53;

  /** What may be over of the limit of a dial before it begins, with a hundred others. */
  private static final long BEGINNING_MILLIS = 400L;

  /** Local ports for those that use them up. */
  private static final AtomicInteger PORTS = new AtomicInteger(41_000);

  /** For what befalls idle connections; the jdk transport looks only at who was idle for 1 s. */
  private static final int IDLE_MILLIS = 1_100;

  private static final String PATIENT = "patient";
  private static final String IMPATIENT = "impatient";
  private static final int CONNECT_MILLIS = 6_000;
  private static final int SECOND_SYN_MILLIS = 1_500;

  /** The quick ones among those that {@link HandshakeFailuresTest} proves of leases. */
  private static final int QUICK_MILLIS = 1_100;

  private final Class<? extends Face> face;
  private final boolean moreThanASocket;
  private final List<FaceProbe> probes = new ArrayList<>();
  private Lab lab;
  private Child peer;

  /**
   * @param moreThanASocket whether it looks at a kept connection before it is used again
   */
  FaceFaultsContract(Class<? extends Face> face, boolean moreThanASocket) {
    this.face = face;
    this.moreThanASocket = moreThanASocket;
  }

  @BeforeAll
  void enter(Lab shared, @TempDir Path folder) throws Exception {
    lab = shared;
    Certificate certificate = Certificate.in(folder);
    peer = lab.inServer(HttpPeerMain.class, certificate.file().toString(), Certificate.PASSWORD);
    for (TransportMode transport : List.of(TransportMode.NATIVE, TransportMode.JDK)) {
      Child child = lab.inClient(certificate.trust(), FaceMain.class);
      probes.add(new FaceProbe(child, face, transport));
    }
    peer.awaitReady();
    for (FaceProbe each : probes) {
      each.face(PATIENT, Limits.of(3_000, 3_000, 3_000));
      for (String url : List.of("http://192.0.2.2:7400/ok", "https://192.0.2.2:7450/ok")) {
        Outcome got = each.exchange(Request.get(PATIENT, url));
        assertThat(got.isOk()).as("%s", got).isTrue();
      }
      each.end(PATIENT);
      each.rest();
    }
  }

  @AfterAll
  void leave() {
    probes.forEach(FaceProbe::close);
    if (peer != null) {
      peer.close();
    }
  }

  private Stream<DynamicContainer> containers(List<List<DynamicNode>> tests) {
    return Stream.of(0, 1)
        .map(i -> DynamicContainer.dynamicContainer(probes.get(i).toString(), tests.get(i)));
  }

  private DynamicNode nothingIsLeft(FaceProbe probe) {
    return DynamicTest.dynamicTest("no socket left", probe::assertNoSocketLeft);
  }

  // ---- dials ----

  @TestFactory
  Stream<DynamicContainer> dialsThatAreAnswered() {
    return dials(
        CONNECT_MILLIS,
        HandshakeFailuresTest.answered().stream()
            .filter(each -> each.mostMillis() <= QUICK_MILLIS)
            .toList());
  }

  @Tag("long")
  @TestFactory
  Stream<DynamicContainer> dialsToNobody() {
    return dials(
        CONNECT_MILLIS,
        HandshakeFailuresTest.answered().stream()
            .filter(each -> each.mostMillis() > QUICK_MILLIS)
            .toList());
  }

  @Tag("long")
  @TestFactory
  Stream<DynamicContainer> dialsThatAreNotAnswered() {
    return dials(SECOND_SYN_MILLIS, HandshakeFailuresTest.unanswered(SECOND_SYN_MILLIS));
  }

  private Stream<DynamicContainer> dials(int connectMillis, List<Case> cases) {
    List<Request> requests = new ArrayList<>();
    for (String scheme : List.of("http", "https")) {
      for (Case each : cases) {
        String host = each.host().contains(":") ? "[" + each.host() + "]" : each.host();
        requests.add(Request.get(PATIENT, scheme + "://" + host + ":" + each.port() + "/"));
      }
    }
    for (FaceProbe each : probes) {
      each.face(PATIENT, Limits.of(connectMillis, 30_000, 30_000));
      each.send(requests);
    }
    List<List<DynamicNode>> tests = new ArrayList<>();
    for (FaceProbe probe : probes) {
      List<Outcome> outcomes = probe.answers(requests);
      List<DynamicNode> its = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        Case wanted = cases.get(i % cases.size());
        Outcome got = outcomes.get(i);
        its.add(
            DynamicTest.dynamicTest(
                wanted.name() + (i < cases.size() ? "" : ", TLS"),
                () ->
                    HandshakeFailuresTest.check(wanted, got, probe.isNative(), BEGINNING_MILLIS)));
      }
      probe.end(PATIENT);
      its.add(nothingIsLeft(probe));
      tests.add(its);
    }
    return containers(tests);
  }

  // ---- names and ports ----

  @Test
  void aNameServerThatDoesNotKnowOrDoesNotAnswer() throws InterruptedException {
    for (FaceProbe each : probes) {
      each.face(PATIENT, Limits.of(500, 30_000, 30_000));
      assertUnresolved(each.exchange(Request.get(PATIENT, "http://gone.test:80/")), 0);
      lab.put(Firewall.DROP, DNS);
      try {
        String url = "https://silent-" + face.getSimpleName() + "-" + each + ".test:443/";
        assertUnresolved(each.exchange(Request.get(PATIENT, url)), 500);
      } finally {
        lab.take(Firewall.DROP, DNS);
      }
      each.end(PATIENT);
      each.assertNoSocketLeft();
    }
  }

  private static void assertUnresolved(Outcome got, int millis) {
    assertThat(got.isOk()).as("%s", got).isFalse();
    assertThat(got.text("kind")).as("%s", got).isEqualTo("RESOLUTION_FAILED");
    assertThat(got.text("phase")).isEqualTo("RESOLVE");
    assertThat(got.text("advice")).isEqualTo("SAME_ADDRESS_AFTER_BACKOFF");
    assertThat(got.text("sent")).isEqualTo("false");
    assertThat(got.number("wallMs")).isBetween(Math.max(0, millis - 50L), millis + SLACK_MILLIS);
  }

  /** Of three exchanges at once the two have a port that are there. */
  @Test
  void localPortsAreUsedUp() throws InterruptedException {
    for (FaceProbe probe : probes) {
      // A port of a connection that ended is kept from the next one to the same peer for a minute.
      int first = PORTS.getAndAdd(2);
      int at = HttpPeerMain.COUNT - 1 - probes.indexOf(probe);
      probe.face(PATIENT, Limits.of(3_000, 30_000, 3_000));
      for (String there :
          List.of(
              "http://192.0.2.2:" + (HttpPeerMain.PLAIN + at),
              "https://192.0.2.2:" + (HttpPeerMain.TLS + at))) {
        Request late = Request.get(PATIENT, there + "/late");
        List<Outcome> outcomes = new ArrayList<>();
        lab.withSysctl(
            "ipv4/ip_local_port_range",
            first + " " + (first + 1),
            () -> outcomes.addAll(probe.together(List.of(late, late, late))));
        List<Outcome> failed = outcomes.stream().filter(each -> !each.isOk()).toList();
        assertThat(failed).hasSize(1);
        Outcome got = failed.get(0);
        assertThat(got.text("kind"))
            .as("%s", got)
            .isEqualTo(probe.isNative() ? "LOCAL_PORTS_EXHAUSTED" : "OTHER");
        assertThat(got.text("errno")).isEqualTo(probe.isNative() ? "EADDRNOTAVAIL" : "");
        assertThat(got.text("phase")).isEqualTo("CONNECT");
        assertThat(got.text("advice"))
            .isEqualTo(probe.isNative() ? "SAME_ADDRESS_AFTER_BACKOFF" : "NEVER");
        assertThat(got.number("wallMs")).isLessThan(SLACK_MILLIS);
      }
      probe.end(PATIENT);
      probe.assertNoSocketLeft();
    }
  }

  // ---- connections ----

  private Optional<Told> told(Fault fault, FaceProbe probe) {
    return fault.told(probe.isNative(), moreThanASocket);
  }

  private static String client(Fault fault) {
    return fault.isImpatient() ? IMPATIENT : PATIENT;
  }

  @TestFactory
  Stream<DynamicContainer> connectionsThatStood() throws InterruptedException {
    List<List<Fault>> faults =
        probes.stream()
            .map(
                probe ->
                    Fault.all().stream().filter(each -> told(each, probe).isPresent()).toList())
            .toList();
    for (FaceProbe each : probes) {
      int patience = each.isNative() ? Fault.PATIENCE : Fault.PATIENCE_ON_JDK;
      each.face(PATIENT, Limits.of(3_000, Fault.USER_TIMEOUT, patience));
      each.face(IMPATIENT, Limits.of(3_000, 30_000, Fault.IMPATIENCE));
    }
    List<List<Outcome>> before = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      List<Request> first =
          faults.get(i).stream().flatMap(each -> each.before(client(each)).stream()).toList();
      before.add(new ArrayList<>(probes.get(i).together(first)));
    }
    Thread.sleep(IDLE_MILLIS);
    List<List<Outcome>> outcomes = befall(faults);
    List<List<DynamicNode>> tests = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      FaceProbe probe = probes.get(i);
      List<Fault> its = faults.get(i);
      List<Outcome> after =
          probe.together(its.stream().map(each -> each.after(client(each))).toList());
      List<DynamicNode> nodes = new ArrayList<>();
      int first = 0;
      for (int at = 0; at < its.size(); at++) {
        Fault fault = its.get(at);
        Told told = told(fault, probe).orElseThrow();
        Outcome opened = fault.isForGood() ? null : before.get(i).get(first++);
        Outcome got = outcomes.get(i).get(at);
        Outcome next = after.get(at);
        nodes.add(
            DynamicTest.dynamicTest(
                fault.toString(),
                () -> {
                  if (opened != null) {
                    assertThat(opened.isOk()).as("%s", opened).isTrue();
                    assertServed(fault, next, opened);
                  }
                  check(told, got, opened);
                }));
      }
      probe.end(PATIENT);
      probe.end(IMPATIENT);
      nodes.add(nothingIsLeft(probe));
      tests.add(nodes);
    }
    return containers(tests);
  }

  /** The faults, the exchanges that they befall, and the end of the faults. */
  private List<List<Outcome>> befall(List<List<Fault>> faults) {
    List<Fault> all = Fault.all();
    for (Fault each : all) {
      each.firewall().ifPresent(way -> lab.put(way, each.port));
    }
    for (Fault each : all) {
      if (each.forgets()) {
        assertThat(peer.ask("forget " + each.port)).isEqualTo("done");
        lab.take(each.firewall().orElseThrow(), each.port);
      }
    }
    List<List<Request>> requests =
        faults.stream()
            .map(its -> its.stream().map(each -> each.exchange(client(each))).toList())
            .toList();
    for (int i = 0; i < probes.size(); i++) {
      probes.get(i).send(requests.get(i));
    }
    List<List<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < probes.size(); i++) {
      outcomes.add(probes.get(i).answers(requests.get(i)));
    }
    for (Fault each : all) {
      if (!each.forgets()) {
        each.firewall().ifPresent(way -> lab.take(way, each.port));
      }
    }
    return outcomes;
  }

  /** What a peer ends in good order is no failure to who reads a socket, and has no kind. */
  private static boolean isBareEnd(Outcome got) {
    return got.text("type").equals("EOFException");
  }

  private static void check(Told told, Outcome got, Outcome opened) {
    if (told.kind().isEmpty()) {
      assertThat(got.isOk()).as("%s", got).isTrue();
      assertThat(got.text("port")).as("a new connection").isNotEqualTo(opened.text("port"));
      return;
    }
    assertThat(got.isOk()).as("%s", got).isFalse();
    FailureKind kind =
        isBareEnd(got) ? FailureKind.PEER_CLOSED : FailureKind.valueOf(got.text("kind"));
    assertThat(kind).as("%s", got).isEqualTo(told.kind().orElseThrow());
    assertThat(got.number("wallMs"))
        .as("milliseconds of %s", got)
        .isBetween(Math.max(0, told.leastMillis() - 50L), told.mostMillis() + SLACK_MILLIS);
    if (isBareEnd(got)) {
      return;
    }
    FailurePhase phase = FailurePhase.valueOf(got.text("phase"));
    assertThat(phase).as("%s", got).isIn(told.phases());
    assertThat(got.text("errno")).as("%s", got).isEqualTo(Errno.name(told.errno()));
    assertThat(got.text("advice")).isEqualTo(Advice.of(kind, phase));
    if (phase != FailurePhase.WRITE) { // whose first bytes may not have left
      assertThat(got.text("sent")).as("%s", got).isEqualTo(String.valueOf(phase.isEstablished()));
    }
  }

  /** Once the fault is over, by a connection that does not know of it. */
  private static void assertServed(Fault fault, Outcome next, Outcome opened) {
    assertThat(next.isOk()).as("after it: %s", next).isTrue();
    assertThat(next.text("port"))
        .as("%s: a new connection", fault)
        .isNotEqualTo(opened.text("port"));
  }
}
