package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The bitmap over more than one word. */
class SlotsTest {
  private static final int SIZE = 130;

  private final Slots slots = new Slots(SIZE);
  private final List<PooledConnection> all = new ArrayList<>();

  SlotsTest() {
    for (int slot = 0; slot < SIZE; slot++) {
      PooledConnection connection = RaceFixtures.alone(slot);
      all.add(connection);
      slots.put(connection);
    }
  }

  @AfterEach
  void close() {
    all.forEach(PooledConnection::closeSocket);
  }

  private void release(int slot) {
    assertThat(all.get(slot).becomeIdle()).isTrue();
    slots.becameIdle(all.get(slot));
  }

  @Test
  void eachOfManyIdleConnectionsIsFoundOnce() {
    for (int slot = 0; slot < SIZE; slot++) {
      release(slot);
    }
    Set<PooledConnection> found = new HashSet<>();
    for (int i = 0; i < SIZE; i++) {
      found.add(slots.claim());
    }
    assertThat(found).hasSize(SIZE).doesNotContainNull();
    assertThat(slots.claim()).isNull();
  }

  /** Above a word, in it, at its edges: one bit must not be taken for another. */
  @Test
  void theOneThatIsIdleIsFoundWhereverItIs() {
    for (int slot : new int[] {0, 1, 63, 64, 65, 127, 128, SIZE - 1}) {
      release(slot);
      assertThat(slots.claim()).isSameAs(all.get(slot));
      assertThat(slots.claim()).as("slot " + slot).isNull();
    }
  }

  @Test
  void theOneUsedLastComesFirst() {
    release(100);
    assertThat(slots.claim()).isSameAs(all.get(100));
    release(100);
    release(3);
    assertThat(slots.claim()).isSameAs(all.get(100));
    assertThat(slots.claim()).isSameAs(all.get(3));
  }

  @Test
  void theLowestComesFirstWhereNoneWasUsedHere() {
    release(120);
    release(70);
    release(5);
    assertThat(slots.claim()).isSameAs(all.get(5));
  }

  @Test
  void aSlotThatWasEmptiedIsNotFound() {
    release(64);
    slots.clear(all.get(64));
    assertThat(slots.claim()).isNull();
    assertThat(slots.size()).isEqualTo(SIZE);
  }
}
