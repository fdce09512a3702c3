package io.trunkline.pool;

import static io.trunkline.pool.ScriptedPools.ONE;
import static io.trunkline.pool.ScriptedPools.TWO;
import static io.trunkline.pool.ScriptedPools.release;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.net.ConnectionHolder;
import io.trunkline.net.ConnectionSnapshot;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.time.Deadline;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the pools of others have part in: numbers, loads, drains, and the end. */
class HoldersTest {
  private final ScriptedPools script = new ScriptedPools(p -> p);
  private final ConnectionPools pools = script.pools;

  /** A pool of somebody else's. */
  private static final class Holder implements ConnectionHolder {
    final Map<Endpoint, EndpointCounts> counts = new HashMap<>();
    final List<String> told = new ArrayList<>();

    void holds(Endpoint endpoint, int active, int idle, int waiting) {
      counts.put(endpoint, new EndpointCounts(active, idle, 0, waiting, 7, 10, 9, 1, 2, 3, 4, 5));
    }

    @Override
    public Map<Endpoint, EndpointCounts> counts() {
      return counts;
    }

    @Override
    public List<ConnectionSnapshot> connections(Endpoint endpoint) {
      return List.of(
          new ConnectionSnapshot(
              ScriptedPools.address(100),
              ScriptedPools.address(1),
              true,
              Duration.ZERO,
              Duration.ZERO,
              1,
              Optional.empty(),
              Optional.empty()));
    }

    @Override
    public int load(Endpoint endpoint, InetSocketAddress address) {
      return 3;
    }

    @Override
    public void drain(Endpoint endpoint) {
      told.add("drain " + endpoint.host());
    }

    @Override
    public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
      told.add("now " + current.size());
    }

    @Override
    public void close(Duration timeout) {
      told.add("close in " + timeout.toMillis());
    }
  }

  private final Holder holder = new Holder();

  @AfterEach
  void close() throws Exception {
    script.close();
  }

  @Test
  void theirNumbersAreAddedToOursOfEndpointsThatAreKnown() throws Exception {
    pools.attach(holder);
    holder.holds(ONE, 2, 1, 0);
    holder.holds(TWO, 1, 1, 0);
    release(script.acquire(ONE));
    assertThat(pools.counts()).containsOnlyKeys(ONE);
    assertThat(script.counts(ONE))
        .isEqualTo(new EndpointCounts(2, 2, 0, 0, 64, 11, 9, 2, 2, 3, 4, 5));
    assertThat(pools.openConnections()).isEqualTo(1 + 3 + 2);
    assertThat(pools.load(ONE, ScriptedPools.address(1))).isEqualTo(1 + 3);
    EndpointSnapshot snapshot = pools.snapshots(endpoint -> List.of()).get(0);
    assertThat(snapshot.counts()).isEqualTo(script.counts(ONE));
    assertThat(snapshot.endpoint()).isEqualTo(ONE);
    assertThat(snapshot.connections())
        .extracting(ConnectionSnapshot::leased)
        .containsExactly(false, true);

    pools.detach(holder);
    assertThat(script.counts(ONE).active()).isZero();
    assertThat(pools.openConnections()).isEqualTo(1);
    assertThat(pools.snapshots(endpoint -> List.of()).get(0).connections()).hasSize(1);
  }

  @Test
  void oneThatHasNothingToDoWithAnEndpointAddsNothingToIt() throws Exception {
    pools.attach(holder);
    release(script.acquire(ONE));
    assertThat(pools.snapshots(endpoint -> List.of()).get(0).connections()).hasSize(1);
    assertThat(pools.isInUse(TWO)).isFalse();
  }

  @Test
  void anEndpointOfTheirsIsInUseAndNotForgottenBeforeTheyLetGo() {
    pools.attach(holder);
    pools.meet(ONE);
    assertThat(pools.isInUse(ONE)).isFalse();
    for (int[] each : new int[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}) {
      holder.holds(ONE, each[0], each[1], each[2]);
      assertThat(pools.isInUse(ONE)).isTrue();
      script.pass(Duration.ofMinutes(25));
      assertThat(pools.knows(ONE)).isTrue();
    }
    holder.holds(ONE, 0, 0, 0);
    assertThat(pools.isInUse(ONE)).isFalse();
    script.pass(Duration.ofMinutes(10));
    assertThat(pools.knows(ONE)).isFalse();
  }

  @Test
  void theyAreToldWhatTheirConnectionsFollow() throws Exception {
    pools.attach(holder);
    pools.drain(ONE);
    pools.addressesChanged(ONE, Set.of(ScriptedPools.address(7)));
    pools.close(Deadline.after(script.time, Duration.ofMillis(70)));
    assertThat(holder.told).containsExactly("drain 192.0.2.1", "now 1", "close in 70");
  }
}
