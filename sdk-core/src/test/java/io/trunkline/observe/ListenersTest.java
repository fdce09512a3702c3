package io.trunkline.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.net.Endpoint;
import io.trunkline.net.TcpInfo;
import io.trunkline.time.InnerLock;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ListenersTest {
  private static final Endpoint ENDPOINT = Endpoint.tcp("db.example", 5432);
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("192.0.2.1", 5432);

  private final AtomicLong now = new AtomicLong();

  /** Writes down what it hears. */
  private static final class Recording implements ConnectionListener {
    final List<String> heard = new ArrayList<>();

    @Override
    public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
      heard.add("connectStarted " + endpoint);
    }

    @Override
    public void acquired(Endpoint endpoint, long elapsedNanos, boolean reused) {
      heard.add("acquired " + elapsedNanos + " " + reused);
    }

    @Override
    public void released(Endpoint endpoint, long usageNanos) {
      heard.add("released " + usageNanos);
    }
  }

  private static class Throwing implements ConnectionListener {
    private final Supplier<Throwable> what;

    Throwing(Supplier<Throwable> what) {
      this.what = what;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
      throw (T) thrown;
    }

    @Override
    public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
      Throwing.<RuntimeException>sneak(what.get());
    }

    @Override
    public void released(Endpoint endpoint, long usageNanos) {
      Throwing.<RuntimeException>sneak(what.get());
    }
  }

  @Test
  void noneIsWhatNoListenersMake() {
    assertThat(Listeners.of(List.of())).isSameAs(Listeners.NONE);
    assertThat(Listeners.of(List.of(Listeners.NONE))).isSameAs(Listeners.NONE);
    assertThat(Listeners.NONE.hearsEveryLease()).isFalse();
  }

  @Test
  void nullIsRefused() {
    List<ConnectionListener> withNull = new ArrayList<>();
    withNull.add(null);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Listeners.of(withNull))
        .withMessageContaining("listener");
  }

  @Test
  void eachEventGoesToAllInTheirOrder() {
    List<String> order = new ArrayList<>();
    ConnectionListener first = named("first", order);
    ConnectionListener second = named("second", order);
    ConnectionListener all = Listeners.of(List.of(first, second));
    all.connectStarted(ENDPOINT, ADDRESS);
    all.released(ENDPOINT, 5);
    assertThat(order).containsExactly("first", "second", "first", "second");
  }

  private static ConnectionListener named(String name, List<String> order) {
    return new ConnectionListener() {
      @Override
      public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
        order.add(name);
      }

      @Override
      public void released(Endpoint endpoint, long usageNanos) {
        order.add(name);
      }
    };
  }

  /** Hears by a default method of its own interface. */
  private interface Counting extends ConnectionListener {
    AtomicInteger count();

    @Override
    default void connectStarted(Endpoint endpoint, InetSocketAddress address) {
      count().incrementAndGet();
    }
  }

  private record Counted(AtomicInteger count) implements Counting {}

  private static class Inheriting extends Throwing {
    Inheriting() {
      super(() -> new IllegalStateException("on purpose"));
    }
  }

  @Test
  void whatAListenerInheritsItHears() {
    Counted counted = new Counted(new AtomicInteger());
    String log =
        CapturedLog.of(
            () ->
                Listeners.of(List.of(counted, new Inheriting())).connectStarted(ENDPOINT, ADDRESS));
    assertThat(counted.count()).hasValue(1);
    assertThat(log).contains("Inheriting.connectStarted threw");
  }

  @Test
  void whoDoesNothingOnAnEventIsNotTimedForIt() {
    AtomicInteger looks = new AtomicInteger();
    ConnectionListener all = Listeners.of(List.of(new Recording()), looks::incrementAndGet);
    looks.set(0);
    all.connected(ENDPOINT, ADDRESS, 1, Optional.empty());
    assertThat(looks).hasValue(0);
    all.connectStarted(ENDPOINT, ADDRESS);
    assertThat(looks).hasValue(2);
  }

  @Test
  void theArgumentsOfLeasesArrive() {
    Recording recording = new Recording();
    ConnectionListener all = Listeners.of(List.of(recording));
    all.acquired(ENDPOINT, 7, true);
    all.acquired(ENDPOINT, 8, false);
    all.released(ENDPOINT, 9);
    assertThat(recording.heard)
        .containsExactly("acquired 7 true", "acquired 8 false", "released 9");
  }

  @Test
  void whatOneListenerThrowsReachesNeitherTheCallerNorTheOthers() {
    for (Supplier<Throwable> what :
        List.<Supplier<Throwable>>of(
            () -> new IllegalStateException("on purpose"),
            () -> new NoClassDefFoundError("on purpose"),
            () -> new OutOfMemoryError("on purpose"),
            () -> new java.io.IOException("on purpose, not declared"))) {
      Recording behind = new Recording();
      ConnectionListener all = Listeners.of(List.of(new Throwing(what), behind));
      CapturedLog.of(
          () -> {
            all.connectStarted(ENDPOINT, ADDRESS);
            all.released(ENDPOINT, 1);
          });
      assertThat(behind.heard).hasSize(2);
    }
  }

  @Test
  void aStackOverflowInAListenerStaysThere() {
    ConnectionListener endless =
        new ConnectionListener() {
          @Override
          public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
            deeper(0);
          }

          private int deeper(int depth) {
            return depth < 0 ? 0 : deeper(depth + 1) + 1;
          }
        };
    Recording behind = new Recording();
    ConnectionListener all = Listeners.of(List.of(endless, behind));
    CapturedLog.of(
        () -> {
          all.connectStarted(ENDPOINT, ADDRESS);
          all.connectStarted(ENDPOINT, ADDRESS);
        });
    assertThat(behind.heard).hasSize(2);
  }

  @Test
  void anInterruptThatAListenerThrewIsNotLost() {
    ConnectionListener all =
        Listeners.of(List.of(new Throwing(() -> new InterruptedException("on purpose"))));
    CapturedLog.of(() -> all.connectStarted(ENDPOINT, ADDRESS));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void whatIsThrownIsLoggedOnceAMinuteWithTheCountOfTheOthers() {
    ConnectionListener all =
        Listeners.of(List.of(new Throwing(() -> new IllegalStateException("boom"))), now::get);
    String log =
        CapturedLog.of(
            () -> {
              for (int i = 0; i < 5; i++) {
                all.connectStarted(ENDPOINT, ADDRESS);
              }
              now.addAndGet(TimeUnit.SECONDS.toNanos(61));
              all.connectStarted(ENDPOINT, ADDRESS);
            });
    assertThat(log).contains("Throwing.connectStarted threw", "boom", "(4 more such");
    assertThat(log.split("threw", -1)).as("lines").hasSize(3);
  }

  @Test
  void aSlowListenerIsNamedOnceAMinute() {
    ConnectionListener slow =
        new ConnectionListener() {
          @Override
          public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(11));
          }

          @Override
          public void released(Endpoint endpoint, long usageNanos) {
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(12));
          }
        };
    ConnectionListener all = Listeners.of(List.of(slow), now::get);
    String log =
        CapturedLog.of(
            () -> {
              for (int i = 0; i < 5; i++) {
                all.connectStarted(ENDPOINT, ADDRESS);
              }
            });
    assertThat(log).contains(slow.getClass().getName() + ".connectStarted took 11 ms");
    assertThat(log.split("took", -1)).hasSize(2);

    now.addAndGet(TimeUnit.SECONDS.toNanos(61));
    String ofLeases =
        CapturedLog.of(
            () -> {
              for (int i = 0; i < 2_000; i++) { // fewer than two timed: about 1 in 10^12
                all.released(ENDPOINT, 1);
              }
            });
    assertThat(ofLeases).contains(".released took 12 ms");
  }

  @Test
  void theFirstSlowCallOfAnEventIsForgivenBecauseItLoadsClasses() {
    ConnectionListener loading =
        new ConnectionListener() {
          private boolean loaded;

          @Override
          public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(loaded ? 0 : 50));
            loaded = true;
          }
        };
    ConnectionListener all = Listeners.of(List.of(loading), now::get);
    assertThat(
            CapturedLog.of(
                () -> {
                  all.connectStarted(ENDPOINT, ADDRESS);
                  all.connectStarted(ENDPOINT, ADDRESS);
                }))
        .isEmpty();
  }

  @Test
  void aFastListenerIsNotNamed() {
    ConnectionListener all = Listeners.of(List.of(new Recording()), now::get);
    assertThat(CapturedLog.of(() -> all.connectStarted(ENDPOINT, ADDRESS))).isEmpty();
  }

  @Test
  void anEventThatAListenerRaisesItselfGoesToTheOthersOnly() {
    AtomicInteger calls = new AtomicInteger();
    ConnectionListener[] all = new ConnectionListener[1];
    ConnectionListener reentrant =
        new ConnectionListener() {
          @Override
          public void released(Endpoint endpoint, long usageNanos) {
            calls.incrementAndGet();
            all[0].released(endpoint, usageNanos + 1);
            all[0].connectStarted(endpoint, ADDRESS);
          }

          @Override
          public void connectStarted(Endpoint endpoint, InetSocketAddress address) {
            calls.incrementAndGet();
            all[0].released(endpoint, 100);
          }
        };
    Recording other = new Recording();
    all[0] = Listeners.of(List.of(reentrant, other));
    all[0].released(ENDPOINT, 1);
    assertThat(calls).hasValue(1);
    assertThat(other.heard)
        .containsExactly("released 2", "connectStarted " + ENDPOINT, "released 1");
    all[0].released(ENDPOINT, 1);
    assertThat(calls).as("afterwards it hears again").hasValue(2);
  }

  @Test
  void samplesAreWantedIfAnyListenerWantsThem() {
    ConnectionListener wantsNone =
        new ConnectionListener() {
          @Override
          public boolean hearsSamples() {
            return false;
          }
        };
    ConnectionListener cannotSay =
        new ConnectionListener() {
          @Override
          public boolean hearsSamples() {
            throw new IllegalStateException("on purpose");
          }
        };
    assertThat(Listeners.NONE.hearsSamples()).isFalse();
    assertThat(Listeners.of(List.of(wantsNone)).hearsSamples()).isFalse();
    assertThat(Listeners.of(List.of(wantsNone, new Recording())).hearsSamples()).isTrue();
    CapturedLog.of(() -> assertThat(Listeners.of(List.of(cannotSay)).hearsSamples()).isTrue());
  }

  @Test
  void leasesAreWantedIfAnyListenerWantsThem() {
    ConnectionListener wantsNone =
        new ConnectionListener() {
          @Override
          public boolean hearsEveryLease() {
            return false;
          }
        };
    ConnectionListener cannotSay =
        new ConnectionListener() {
          @Override
          public boolean hearsEveryLease() {
            throw new IllegalStateException("on purpose");
          }
        };
    assertThat(Listeners.of(List.of(wantsNone)).hearsEveryLease()).isFalse();
    assertThat(Listeners.of(List.of(wantsNone, new Recording())).hearsEveryLease()).isTrue();
    CapturedLog.of(() -> assertThat(Listeners.of(List.of(cannotSay)).hearsEveryLease()).isTrue());
  }

  @Test
  void connectsAreWantedWhileAnyListenerWantsThemAndDoesAnythingWithThem() {
    boolean[] wanted = new boolean[1];
    ConnectionListener undecided =
        new ConnectionListener() {
          @Override
          public boolean hearsConnects() {
            return wanted[0];
          }

          @Override
          public void connected(
              Endpoint endpoint,
              InetSocketAddress address,
              long elapsedNanos,
              Optional<TcpInfo> tcpInfo) {}
        };
    ConnectionListener deaf = new ConnectionListener() {};
    ConnectionListener all = Listeners.of(List.of(deaf, undecided));
    assertThat(Listeners.NONE.hearsConnects()).isFalse();
    assertThat(all.hearsConnects()).isFalse();
    wanted[0] = true;
    assertThat(all.hearsConnects()).isTrue();
    wanted[0] = false;
    assertThat(all.hearsConnects()).isFalse();
  }

  @Test
  void aCallbackUnderAnInnerLockIsFound() {
    ConnectionListener all = Listeners.of(List.of(new Recording()));
    InnerLock lock = new InnerLock();
    lock.lock();
    try {
      assertThatThrownBy(() -> all.connectStarted(ENDPOINT, ADDRESS))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("connectStarted");
      assertThatThrownBy(() -> all.released(ENDPOINT, 1)).isInstanceOf(AssertionError.class);
    } finally {
      lock.unlock();
    }
    all.connectStarted(ENDPOINT, ADDRESS);
  }

  /** Else an event that somebody adds to the interface would end here. */
  @Test
  void noEventIsLeftOut() throws ReflectiveOperationException {
    for (var event : ConnectionListener.class.getMethods()) {
      assertThat(
              FanOut.class
                  .getMethod(event.getName(), event.getParameterTypes())
                  .getDeclaringClass())
          .as(event.getName())
          .isEqualTo(FanOut.class);
    }
  }
}
