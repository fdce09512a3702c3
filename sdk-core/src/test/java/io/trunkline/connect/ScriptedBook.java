package io.trunkline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.Balance;
import io.trunkline.config.ResolveSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.testing.FakeTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/**
 * An address book with a clock that stands still, lookups that run when told, a resolver that says
 * what it is told to say, and somebody with connections. Single-threaded.
 */
final class ScriptedBook implements EndpointResolver, AddressUser, ConnectionListener {
  static final Endpoint ENDPOINT = Endpoint.tcp("db.example", 6379);

  record Task(Runnable lookup, Runnable ifDropped) {}

  final FakeTime time = new FakeTime();
  final ArrayDeque<Task> tasks = new ArrayDeque<>();
  final List<String> events = new ArrayList<>();
  final Set<Endpoint> inUse = new HashSet<>();
  final List<Runnable> subscribers = new ArrayList<>();
  final AddressBook book;

  /** What the resolver says next. */
  Callable<List<InetSocketAddress>> says = () -> addresses("192.0.2.1");

  int asked;
  boolean workersClosed;

  ScriptedBook(UnaryOperator<ResolveSettings.Builder> settings) {
    book =
        new AddressBook(
            this,
            settings.apply(ResolveSettings.builder()).build(),
            (lookup, ifDropped) -> {
              if (workersClosed) {
                ifDropped.run();
              } else {
                tasks.add(new Task(lookup, ifDropped));
              }
            },
            time,
            time,
            this);
    book.setUser(this);
  }

  /** The defaults: TTL 30 s, negative 1 s, stale for 5 min, slow after 2 s; but no balance. */
  static ScriptedBook unbalanced() {
    return new ScriptedBook(settings -> settings.balance(Balance.NONE));
  }

  static List<InetSocketAddress> addresses(String ips) {
    return Arrays.stream(ips.split(" ")).map(ScriptedBook::address).toList();
  }

  static InetSocketAddress address(String ip) {
    try {
      return new InetSocketAddress(InetAddress.getByName(ip), ENDPOINT.port());
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  // ---- the script ----

  void says(String ips) {
    says = () -> addresses(ips);
  }

  void fails(String message) {
    says =
        () -> {
          throw new UnknownHostException(message);
        };
  }

  /** Runs the lookups that wait, those that come meanwhile too. */
  void runLookups() {
    while (!tasks.isEmpty()) {
      tasks.remove().lookup().run();
    }
  }

  void advance(Duration by) {
    time.advance(by);
  }

  /** Lets time pass in small steps, lookups done at once. */
  void live(Duration by) {
    Duration step = Duration.ofMillis(50);
    for (Duration left = by; !left.isNegative() && !left.isZero(); left = left.minus(step)) {
      advance(step.compareTo(left) < 0 ? step : left);
      runLookups();
    }
  }

  CompletableFuture<List<InetSocketAddress>> ask() {
    return book.of(ENDPOINT);
  }

  /** What the book says without any lookup. */
  List<InetSocketAddress> known() {
    return answer(ask());
  }

  /** What it says after a lookup that somebody waits for. */
  List<InetSocketAddress> lookedUp() {
    CompletableFuture<List<InetSocketAddress>> future = ask();
    assertThat(future).as("waits for a lookup").isNotDone();
    runLookups();
    return answer(future);
  }

  static List<InetSocketAddress> answer(CompletableFuture<List<InetSocketAddress>> future) {
    assertThat(future).as("needs no wait").isDone();
    return future.join();
  }

  static Throwable failure(CompletableFuture<?> future) {
    assertThat(future).isDone();
    try {
      return new AssertionError("did not fail: " + future.join());
    } catch (CancellationException cancelled) {
      return cancelled;
    } catch (CompletionException failed) {
      return failed.getCause();
    }
  }

  // ---- what the book talks to ----

  @Override
  public List<InetSocketAddress> resolve(Endpoint endpoint) throws IOException {
    asked++;
    try {
      return says.call();
    } catch (IOException | RuntimeException failed) {
      throw failed;
    } catch (Exception impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public Runnable onChange(Endpoint endpoint, Runnable changed) {
    subscribers.add(changed);
    return () -> subscribers.remove(changed);
  }

  void change() {
    List.copyOf(subscribers).forEach(Runnable::run);
  }

  @Override
  public boolean isInUse(Endpoint endpoint) {
    return inUse.contains(endpoint);
  }

  @Override
  public int load(Endpoint endpoint, InetSocketAddress address) {
    return 0;
  }

  @Override
  public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {
    events.add(
        "now "
            + current.stream().map(each -> each.getAddress().getHostAddress()).sorted().toList());
  }

  @Override
  public void resolved(Endpoint endpoint, long elapsedNanos, List<InetSocketAddress> addresses) {
    events.add("resolved in " + elapsedNanos / 1_000_000 + " ms");
  }

  @Override
  public void resolveFailed(Endpoint endpoint, long elapsedNanos, IOException failure) {
    events.add("failed in " + elapsedNanos / 1_000_000 + " ms: " + failure.getMessage());
  }

  List<String> takeEvents() {
    List<String> taken = List.copyOf(events);
    events.clear();
    return taken;
  }
}
