package io.trunkline.observe.micrometer;

import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointCounts;
import io.trunkline.time.Ticker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * The counts of all managers, at most a second old: a scrape of many gauges looks at the pools
 * once. Thread-safe.
 */
final class CurrentCounts {
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Ticker ticker;
  private final CopyOnWriteArrayList<Supplier<Map<Endpoint, EndpointCounts>>> managers =
      new CopyOnWriteArrayList<>();
  private volatile View latest;

  /** An endpoint that several managers use has the counts of each. */
  private record View(long atNanos, Map<Endpoint, List<EndpointCounts>> counts) {}

  CurrentCounts(Ticker ticker) {
    this.ticker = ticker;
  }

  void add(Supplier<Map<Endpoint, EndpointCounts>> manager) {
    managers.add(manager);
    latest = null;
  }

  void remove(Supplier<Map<Endpoint, EndpointCounts>> manager) {
    managers.remove(manager);
    latest = null;
  }

  boolean hasManagers() {
    return !managers.isEmpty();
  }

  /** Whether a manager uses the endpoint now, whatever was seen before. */
  boolean isUsed(Endpoint endpoint) {
    return managers.stream().anyMatch(manager -> manager.get().containsKey(endpoint));
  }

  /** The endpoints that the managers use now. */
  Set<Endpoint> used() {
    Set<Endpoint> used = new HashSet<>();
    managers.forEach(manager -> used.addAll(manager.get().keySet()));
    return used;
  }

  /** The sum of a number over the managers; 0 for an endpoint that none uses. */
  double of(Endpoint endpoint, ToIntFunction<EndpointCounts> number) {
    return sum(view().counts().getOrDefault(endpoint, List.of()), number);
  }

  /** The sum over all endpoints that are wanted. */
  double ofAll(Predicate<Endpoint> wanted, ToIntFunction<EndpointCounts> number) {
    double sum = 0;
    for (Map.Entry<Endpoint, List<EndpointCounts>> each : view().counts().entrySet()) {
      sum += wanted.test(each.getKey()) ? sum(each.getValue(), number) : 0;
    }
    return sum;
  }

  private static double sum(List<EndpointCounts> counts, ToIntFunction<EndpointCounts> number) {
    return counts.stream().mapToLong(number::applyAsInt).sum();
  }

  /** Two threads may both make it new: cheaper than a lock. */
  private View view() {
    long now = ticker.nanoTime();
    View seen = latest;
    if (seen == null || now - seen.atNanos() >= FRESH_NANOS) {
      Map<Endpoint, List<EndpointCounts>> counts = new HashMap<>();
      for (Supplier<Map<Endpoint, EndpointCounts>> manager : managers) {
        manager
            .get()
            .forEach((endpoint, one) -> counts.merge(endpoint, List.of(one), CurrentCounts::both));
      }
      seen = new View(now, counts);
      latest = seen;
    }
    return seen;
  }

  private static List<EndpointCounts> both(List<EndpointCounts> some, List<EndpointCounts> more) {
    List<EndpointCounts> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }
}
