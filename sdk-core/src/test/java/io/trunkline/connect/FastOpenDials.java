package io.trunkline.connect;

import static io.trunkline.netns.FastOpenNet.BOXED;
import static io.trunkline.netns.FastOpenNet.DROPPED;
import static io.trunkline.netns.FastOpenNet.LARGE;
import static io.trunkline.netns.FastOpenNet.REFUSED;
import static io.trunkline.netns.FastOpenNet.V4;
import static io.trunkline.netns.FastOpenNet.V6;
import static io.trunkline.netns.FastOpenNet.bytes;
import static io.trunkline.netns.FastOpenNet.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.FastOpen;
import io.trunkline.config.FirstWrite;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.netns.FastOpenMain;
import io.trunkline.netns.FastOpenNet;
import io.trunkline.testing.Background;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.ScriptedServer;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import io.trunkline.transport.TransportSocket;
import io.trunkline.transport.tls.JsseTls;
import io.trunkline.transport.tls.TlsLayer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** What a dial does with Fast Open: which address, what it tells and when, and how it goes on. */
public enum FastOpenDials implements FastOpenMain.Scenario {
  WHAT_A_DIAL_TELLS_WAITS_FOR_THE_FIRST_WRITE {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      Setup good = new Setup(net, FastOpen.IDEMPOTENT_DATA, at(V4, net.echoPort()));
      try (TransportSocket socket = good.dial(PLAIN, true)) {
        assertThat(socket.awaitsFirstFlight()).isTrue();
        assertThat(good.recorder.events()).containsExactly("started " + V4);
        assertThat(good.book.succeeded).isEmpty();
        FastOpenNet.exchange(socket, bytes(LARGE));
        assertThat(good.recorder.events()).containsExactly("started " + V4, "connected " + V4);
        assertThat(good.recorder.tcpInfo().orElseThrow().fastOpen())
            .isEqualTo(FastOpenOutcome.ACCEPTED);
        assertThat(good.book.succeeded).containsExactly(at(V4, net.echoPort()));
      }
      Setup bad = new Setup(net, FastOpen.IDEMPOTENT_DATA, at(V4, REFUSED));
      try (TransportSocket socket = bad.dial(PLAIN, true)) {
        assertThat(bad.recorder.events()).containsExactly("started " + V4);
        thrownBy(() -> socket.write(bytes(LARGE), 0, LARGE));
        assertThat(bad.recorder.events())
            .containsExactly("started " + V4, "failed " + V4 + " REFUSED");
        assertThat(bad.book.failed).containsExactly(at(V4, REFUSED));
      }
      Setup unused = new Setup(net, FastOpen.IDEMPOTENT_DATA, at(V4, net.echoPort()));
      unused.dial(PLAIN, true).close();
      assertThat(unused.recorder.events()).containsExactly("started " + V4, "cancelled " + V4);
      assertThat(unused.book.failed).isEmpty();
      assertThat(unused.book.succeeded).isEmpty();
    }
  },

  A_DIAL_FOR_NO_WRITER_IS_CONNECTED {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      Setup setup = new Setup(net, FastOpen.IDEMPOTENT_DATA, at(V4, net.echoPort()));
      try (TransportSocket socket = setup.dial(PLAIN, false)) {
        assertThat(socket.awaitsFirstFlight()).isFalse();
        assertThat(setup.recorder.events()).containsExactly("started " + V4, "connected " + V4);
      }
      Setup dead = new Setup(net, FastOpen.IDEMPOTENT_DATA, at(V4, REFUSED));
      assertKind(FailureKind.REFUSED, thrownBy(() -> dead.dial(PLAIN, false)));
    }
  },

  THE_CLIENT_HELLO_TRAVELS_IN_THE_SYN {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      Setup setup = new Setup(net, FastOpen.TLS_ONLY, at(V4, net.echoPort()));
      try (TransportSocket socket = setup.dial(TLS, false)) {
        assertThat(socket.tcpInfo().orElseThrow().fastOpen()).isEqualTo(FastOpenOutcome.ACCEPTED);
        assertThat(setup.recorder.events())
            .containsExactly("started " + V4, "connected " + V4, "tls-established " + V4 + " TLS");
      }
    }
  },

  THE_CLIENT_HELLO_OF_JSSE_TRAVELS_IN_THE_SYN {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      SSLContext keys = Certificates.server(Certificates.signed("one", "one.test"));
      try (ServerSocket listener = keys.getServerSocketFactory().createServerSocket(0)) {
        Background<Object> server =
            Background.start(
                () -> {
                  for (; ; ) {
                    try (Socket socket = listener.accept()) {
                      ScriptedServer.echo(socket);
                    }
                  }
                });
        Setup setup = new Setup(net, FastOpen.TLS_ONLY, jsse(), at(V4, listener.getLocalPort()));
        for (String established : new String[] {"TLSv1.3", "TLSv1.3"}) {
          try (TransportSocket socket = setup.dial(TLS, false)) {
            assertThat(socket.tcpInfo().orElseThrow().fastOpen())
                .isEqualTo(FastOpenOutcome.ACCEPTED);
            assertThat(socket.awaitsFirstFlight()).isFalse();
            assertThat(FastOpenNet.exchange(socket, bytes(LARGE))).isEqualTo(bytes(LARGE));
            assertThat(setup.recorder.events())
                .endsWith(
                    "started " + V4,
                    "connected " + V4,
                    "tls-established " + V4 + " " + established);
          }
        }
        assertThat(setup.book.failed).isEmpty();
      }
    }
  },

  A_CLIENT_HELLO_OF_JSSE_IN_VAIN_IS_A_FAILED_CONNECT {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      for (int port : new int[] {REFUSED, DROPPED}) {
        FailureKind kind = port == REFUSED ? FailureKind.REFUSED : FailureKind.TIMED_OUT;
        Setup setup = new Setup(net, FastOpen.TLS_ONLY, jsse(), at(V4, port));
        Throwable ofDial = thrownBy(() -> setup.dial(TLS, false));
        assertKind(kind, ofDial);
        assertThat(((ConnectionFailure) ofDial).phase()).isEqualTo(FailurePhase.CONNECT);
        assertThat(setup.recorder.events())
            .containsExactly("started " + V4, "failed " + V4 + " " + kind);

        TransportSocket raw = net.deferred(V4, port);
        raw.limitFirstFlight(Duration.ofMillis(300).toNanos());
        Throwable ofLayer =
            thrownBy(
                () ->
                    jsse()
                        .begin(raw, TLS)
                        .run(Deadline.after(Ticker.SYSTEM, Duration.ofSeconds(5))));
        assertKind(kind, ofLayer);
        assertThat(((ConnectionFailure) ofLayer).phase()).isEqualTo(FailurePhase.CONNECT);
      }
    }
  },

  AFTER_A_CLIENT_HELLO_IN_VAIN_THE_OTHER_ADDRESSES_ARE_DIALLED_WITHOUT_FAST_OPEN {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      for (int port : new int[] {REFUSED, DROPPED}) {
        Setup setup = new Setup(net, FastOpen.TLS_ONLY, at(V4, port), at(V6, net.echoPort()));
        try (TransportSocket socket = setup.dial(TLS, false)) {
          String kind = port == REFUSED ? "REFUSED" : "TIMED_OUT";
          String v6 = "2001:db8:0:0:0:0:0:2";
          assertThat(setup.recorder.events())
              .containsExactly(
                  "started " + V4,
                  "failed " + V4 + " " + kind,
                  "started " + v6,
                  "connected " + v6,
                  "tls-established " + v6 + " TLS");
          assertThat(socket.tcpInfo().orElseThrow().fastOpen()).isEqualTo(FastOpenOutcome.NOT_USED);
          assertThat(setup.book.failed).containsExactly(at(V4, port));
          assertThat(setup.book.succeeded).containsExactly(at(V6, net.echoPort()));
        }
      }
    }
  },

  A_CALLER_WITHOUT_TIME_LEAVES_THE_DIAL_WHICH_GOES_ON_WITHOUT_FAST_OPEN {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      Setup setup = new Setup(net, FastOpen.TLS_ONLY, at(V4, BOXED));
      Dial dial = setup.connector.dial(TLS);
      long start = System.nanoTime();
      assertThat(dial.run(Deadline.after(Ticker.SYSTEM, Duration.ofMillis(150)))).isEmpty();
      assertThat((System.nanoTime() - start) / 1_000_000).isBetween(149L, 900L);
      try (TransportSocket socket = dial.run(dial.deadline()).orElseThrow()) {
        assertThat(socket.tcpInfo().orElseThrow().fastOpen()).isEqualTo(FastOpenOutcome.NOT_USED);
        assertThat(setup.recorder.events())
            .containsExactly(
                "started " + V4,
                "cancelled " + V4,
                "started " + V4,
                "connected " + V4,
                "tls-established " + V4 + " TLS");
        assertThat(setup.book.failed).isEmpty();
      }
    }
  },

  WHERE_ALL_FAIL_IT_IS_TOLD_AS_A_FAILED_CONNECT {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      Setup setup = new Setup(net, FastOpen.TLS_ONLY, at(V4, REFUSED));
      assertKind(FailureKind.REFUSED, thrownBy(() -> setup.dial(TLS, true)));
      assertThat(setup.recorder.events())
          .containsExactly("started " + V4, "failed " + V4 + " REFUSED");
    }
  };

  private static final Endpoint PLAIN = Endpoint.tcp("one.test", 443);
  private static final Endpoint TLS = Endpoint.tls("one.test", 443);

  private static TlsLayer jsse() {
    return new JsseTls(TlsSettings.builder().sslContext(Certificates.client()).build());
  }

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(host, port);
  }

  private static void assertKind(FailureKind kind, Throwable thrown) {
    assertThat(thrown).isInstanceOf(ConnectionFailure.class);
    assertThat(((ConnectionFailure) thrown).kind()).as("%s", thrown).isEqualTo(kind);
  }

  /** Dials of one endpoint, whose addresses have given a cookie before. */
  private static final class Setup {
    final Recorder recorder = new Recorder();
    final Book book;
    private final Connector connector;

    Setup(FastOpenNet net, FastOpen fastOpen, InetSocketAddress... addresses) throws IOException {
      this(net, fastOpen, new SpeaksFirst(), addresses);
    }

    Setup(FastOpenNet net, FastOpen fastOpen, TlsLayer tls, InetSocketAddress... addresses)
        throws IOException {
      net.deferred(V4, net.echoPort()).close();
      net.deferred(V6, net.echoPort()).close();
      book = new Book(List.of(addresses));
      connector =
          new Connector(
              net.transport,
              Ticker.SYSTEM,
              book,
              AddressGuard.ANY,
              tls,
              recorder,
              ConnectSettings.builder().fastOpen(fastOpen).timeout(Duration.ofSeconds(2)).build(),
              SocketSettings.builder().build());
    }

    TransportSocket dial(Endpoint endpoint, boolean forWriter) throws IOException {
      Dial dial =
          connector
              .dial(endpoint)
              .firstWrite(forWriter ? FirstWrite.IDEMPOTENT : FirstWrite.UNKNOWN);
      return dial.run(dial.deadline()).orElseThrow();
    }
  }

  /** A handshake without cryptography, in which the client speaks first, as with TLS. */
  private static final class SpeaksFirst implements TlsLayer {
    @Override
    public Duration timeout() {
      return Duration.ofSeconds(5);
    }

    @Override
    public Handshake begin(TransportSocket connected, Endpoint endpoint) {
      return until -> {
        if (until.hasPassed()) {
          return Optional.empty();
        }
        assertThat(FastOpenNet.exchange(connected, bytes(LARGE))).isEqualTo(bytes(LARGE));
        return Optional.of(connected);
      };
    }
  }
}
