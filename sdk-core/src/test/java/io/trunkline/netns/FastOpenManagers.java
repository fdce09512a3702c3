package io.trunkline.netns;

import static io.trunkline.netns.FastOpenNet.BOXED;
import static io.trunkline.netns.FastOpenNet.LARGE;
import static io.trunkline.netns.FastOpenNet.REFUSED;
import static io.trunkline.netns.FastOpenNet.SMALL;
import static io.trunkline.netns.FastOpenNet.V4;
import static io.trunkline.netns.FastOpenNet.bytes;
import static io.trunkline.netns.FastOpenNet.thrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionInitializer;
import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.config.FastOpen;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.net.FastOpenOutcome;
import io.trunkline.net.TcpState;
import io.trunkline.netns.FastOpenNet.Told;
import io.trunkline.testing.Await;
import io.trunkline.testing.Descriptors;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** What a connection manager makes of Fast Open. */
enum FastOpenManagers implements FastOpenMain.Scenario {
  IDEMPOTENT_DATA_GOES_INTO_THE_SYN_AND_THE_CONNECTION_IS_POOLED {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      try (ConnectionManager manager = manager(FastOpen.IDEMPOTENT_DATA)) {
        Endpoint endpoint = Endpoint.tcp(V4, net.echoPort());
        FastOpenNet.forgetCookies();
        assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.NO_COOKIE);
        assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.ACCEPTED);
        try (Lease lease = manager.acquire(endpoint)) {
          exchange(lease, SMALL);
          lease.release();
        }
        try (Lease lease = manager.acquire(endpoint)) {
          assertThat(lease.isReused()).isTrue();
          exchange(lease, SMALL);
        }
      }
    }
  },

  ONLY_WHERE_IT_WAS_ASKED_FOR {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      Endpoint endpoint = Endpoint.tcp(V4, net.echoPort());
      for (FastOpen value : new FastOpen[] {FastOpen.OFF, FastOpen.TLS_ONLY}) {
        try (ConnectionManager manager = manager(value)) {
          assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.NOT_USED);
        }
      }
      try (ConnectionManager manager =
          ConnectionManager.builder()
              .connect(
                  c ->
                      c.fastOpenOverrides(
                          Map.of(
                              Endpoint.tcp(V4, net.portWithoutFastOpen()),
                              FastOpen.IDEMPOTENT_DATA)))
              .build()) {
        assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.NOT_USED);
        assertThat(outcomeOfNew(manager, Endpoint.tcp(V4, net.portWithoutFastOpen())))
            .isEqualTo(FastOpenOutcome.DATA_DROPPED);
      }
    }
  },

  THE_KERNELS_SETTING_IS_READ_AT_EACH_USE {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      try (ConnectionManager manager = manager(FastOpen.IDEMPOTENT_DATA)) {
        Endpoint endpoint = Endpoint.tcp(V4, net.echoPort());
        assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.ACCEPTED);
        FastOpenNet.withoutClientBit(
            () -> assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.NOT_USED));
        assertThat(outcomeOfNew(manager, endpoint)).isEqualTo(FastOpenOutcome.ACCEPTED);
      }
    }
  },

  WHO_DID_BADLY_WITH_IT_IS_DIALLED_WITHOUT_IT {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      try (ConnectionManager manager = manager(FastOpen.IDEMPOTENT_DATA)) {
        Endpoint boxed = Endpoint.tcp(V4, BOXED);
        assertThat(outcomeOfNew(manager, boxed)).isEqualTo(FastOpenOutcome.DATA_NOT_ACKNOWLEDGED);
        long start = System.nanoTime();
        assertThat(outcomeOfNew(manager, boxed)).isEqualTo(FastOpenOutcome.NOT_USED);
        assertThat(System.nanoTime() - start).isLessThan(900_000_000L);

        Endpoint without = Endpoint.tcp(V4, net.portWithoutFastOpen());
        assertThat(outcomeOfNew(manager, without)).isEqualTo(FastOpenOutcome.DATA_DROPPED);
        assertThat(outcomeOfNew(manager, without)).isEqualTo(FastOpenOutcome.NOT_USED);

        Endpoint good = Endpoint.tcp(V4, net.echoPort());
        assertThat(outcomeOfNew(manager, good)).isEqualTo(FastOpenOutcome.ACCEPTED);
      }
    }
  },

  A_FIRST_WRITE_THAT_FAILS_IS_A_FAILED_CONNECT_AND_REMEMBERED {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      long before = Descriptors.open();
      net.deferred(V4, net.echoPort()).close();
      Endpoint refused = Endpoint.tcp(V4, REFUSED);
      Endpoint dropped = Endpoint.tcp(V4, FastOpenNet.DROPPED);
      try (ConnectionManager manager = manager(FastOpen.IDEMPOTENT_DATA)) {
        for (Endpoint each : new Endpoint[] {refused, dropped}) {
          Lease lease = manager.acquire(each);
          Told atWrite = Told.of(thrownBy(() -> lease.output().write(bytes(SMALL))));
          lease.release();
          Told atDial = Told.of(thrownBy(() -> manager.acquire(each)));
          assertThat(atWrite).isEqualTo(atDial);
          assertThat(atWrite.phase()).isEqualTo(FailurePhase.CONNECT);
          assertThat(open(manager, each)).isZero();
        }
      }
      Descriptors.awaitCount(before);
    }
  },

  RELEASED_WITHOUT_A_WRITE_IT_IS_NO_CONNECTION_TO_KEEP {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      try (ConnectionManager manager = manager(FastOpen.IDEMPOTENT_DATA)) {
        Endpoint endpoint = Endpoint.tcp(V4, net.echoPort());
        try (Lease lease = manager.acquire(endpoint)) {
          assertThat(lease.tcpInfo().orElseThrow().state()).isEqualTo(TcpState.SYN_SENT);
          lease.release();
        }
        assertThat(open(manager, endpoint)).isZero();
        try (Lease lease = manager.acquire(endpoint)) {
          assertThat(lease.isReused()).isFalse();
        }
      }
    }
  },

  WHAT_IS_DIALLED_AHEAD_IS_CONNECTED {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      Endpoint endpoint = Endpoint.tcp(V4, net.echoPort());
      try (ConnectionManager manager = manager(FastOpen.IDEMPOTENT_DATA)) {
        assertThat(manager.warmUp(endpoint, 3)).isEqualTo(3);
        assertThat(snapshot(manager, endpoint).idle()).isEqualTo(3);
        assertThat(snapshot(manager, endpoint).connections())
            .allSatisfy(
                each ->
                    assertThat(each.tcpInfo().orElseThrow().state())
                        .isEqualTo(TcpState.ESTABLISHED));
      }
      try (ConnectionManager manager =
          ConnectionManager.builder()
              .connect(c -> c.fastOpen(FastOpen.IDEMPOTENT_DATA))
              .pool(p -> p.minIdle(2))
              .build()) {
        outcomeOfNew(manager, endpoint);
        Await.until("idle", () -> snapshot(manager, endpoint).idle() == 2);
        try (Lease lease = manager.acquire(endpoint)) {
          exchange(lease, SMALL);
          assertThat(lease.tcpInfo().orElseThrow().fastOpen()).isEqualTo(FastOpenOutcome.NOT_USED);
        }
      }
    }
  },

  AN_INITIALIZER_THAT_READS_A_GREETING_IS_TOLD_WHAT_TO_SET {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      Endpoint endpoint = Endpoint.tcp(V4, net.echoPort());
      try (ConnectionManager manager =
          manager(FastOpen.IDEMPOTENT_DATA, lease -> lease.input().read())) {
        assertThat(thrownBy(() -> manager.acquire(endpoint)))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("server speaks first");
      }
      try (ConnectionManager manager =
          manager(FastOpen.IDEMPOTENT_DATA, lease -> lease.attach("nothing written"))) {
        try (Lease lease = manager.acquire(endpoint)) {
          assertThat(lease.attachment()).isEqualTo("nothing written");
          exchange(lease, SMALL);
          assertThat(lease.tcpInfo().orElseThrow().fastOpen()).isEqualTo(FastOpenOutcome.ACCEPTED);
        }
      }
      try (ConnectionManager manager =
          manager(FastOpen.IDEMPOTENT_DATA, lease -> exchange(lease, SMALL))) {
        try (Lease lease = manager.acquire(endpoint)) {
          assertThat(lease.tcpInfo().orElseThrow().fastOpen()).isEqualTo(FastOpenOutcome.ACCEPTED);
        }
      }
    }
  },

  THE_USER_TIMEOUT_HOLDS_AFTER_THE_HANDSHAKE {
    @Override
    public void run(FastOpenNet net) throws Throwable {
      net.deferred(V4, net.echoPort()).close();
      try (ConnectionManager manager =
          ConnectionManager.builder()
              .connect(c -> c.fastOpen(FastOpen.IDEMPOTENT_DATA))
              .socket(s -> s.userTimeout(Duration.ofMillis(600)))
              .build()) {
        try (Lease lease = manager.acquire(Endpoint.tcp(V4, BOXED))) {
          exchange(lease, LARGE); // its handshake takes longer than that
          FastOpenNet.dropEverything(true);
          try {
            lease.output().write(bytes(SMALL));
            Told told = Told.of(thrownBy(() -> lease.input().read()));
            assertThat(told.kind()).isEqualTo(FailureKind.TIMED_OUT);
            assertThat(told.errno()).isEqualTo("ETIMEDOUT");
          } finally {
            FastOpenNet.dropEverything(false);
          }
        }
      }
    }
  };

  private static ConnectionManager manager(FastOpen value) {
    return manager(value, lease -> {});
  }

  private static ConnectionManager manager(FastOpen value, ConnectionInitializer initializer) {
    return ConnectionManager.builder()
        .connect(c -> c.fastOpen(value).timeout(Duration.ofMillis(1_500)))
        .onOpen(initializer)
        .build();
  }

  /** Of an exchange over a connection that is closed afterwards. */
  private static FastOpenOutcome outcomeOfNew(ConnectionManager manager, Endpoint endpoint)
      throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      exchange(lease, LARGE);
      return lease.tcpInfo().orElseThrow().fastOpen();
    }
  }

  private static void exchange(Lease lease, int length) throws IOException {
    lease.output().write(bytes(length));
    assertThat(lease.input().readNBytes(length)).isEqualTo(bytes(length));
  }

  private static int open(ConnectionManager manager, Endpoint endpoint) {
    EndpointSnapshot now = snapshot(manager, endpoint);
    return now.idle() + now.active();
  }

  private static EndpointSnapshot snapshot(ConnectionManager manager, Endpoint endpoint) {
    return manager.snapshot().endpoint(endpoint).orElseThrow();
  }
}
