package io.trunkline.connect;

import io.trunkline.config.ResolveSettings;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointResolver;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Deadline;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.Ticker;
import io.trunkline.time.Workers;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The addresses of the endpoints, looked up on workers and kept for their TTL. While somebody holds
 * connections to an endpoint, its addresses are kept up to date; else an entry goes when nothing in
 * it can be served any more. Thread-safe.
 */
public final class AddressBook implements Addresses, AutoCloseable {
  /** Of the workers that it is given. */
  public static final int THREADS = LookupWorkers.THREADS;

  private static final AddressUser NOBODY =
      new AddressUser() {
        @Override
        public boolean isInUse(Endpoint endpoint) {
          return false;
        }

        @Override
        public int load(Endpoint endpoint, InetSocketAddress address) {
          return 0;
        }

        @Override
        public void addressesChanged(Endpoint endpoint, Set<InetSocketAddress> current) {}
      };

  private final EndpointResolver resolver;
  private final ResolveSettings settings;
  private final Lookups lookups;
  private final Ticker ticker;
  private final Housekeeper housekeeper;
  private final ConnectionListener listener;
  private final FailedLately failedLately;
  private final AddressOrder order;
  private final ConcurrentHashMap<Endpoint, BookEntry> entries = new ConcurrentHashMap<>();
  private volatile AddressUser user = NOBODY;
  private volatile boolean closed;

  /**
   * @param workers run the lookups and nothing else; {@link #THREADS} of them, and more while
   *     lookups are slow
   */
  public AddressBook(
      EndpointResolver resolver,
      ResolveSettings settings,
      Workers workers,
      Ticker ticker,
      Housekeeper housekeeper,
      ConnectionListener listener) {
    this(
        resolver,
        settings,
        new LookupWorkers(workers, housekeeper, Deadline.saturatedNanos(settings.slowAfter())),
        ticker,
        housekeeper,
        listener);
  }

  AddressBook(
      EndpointResolver resolver,
      ResolveSettings settings,
      Lookups lookups,
      Ticker ticker,
      Housekeeper housekeeper,
      ConnectionListener listener) {
    this.resolver = resolver;
    this.settings = settings;
    this.lookups = lookups;
    this.ticker = ticker;
    this.housekeeper = housekeeper;
    this.listener = listener;
    this.failedLately = new FailedLately(ticker);
    this.order = new AddressOrder(settings.balance(), failedLately);
  }

  /** Who holds connections; set once, before the first use. */
  public void setUser(AddressUser holder) {
    user = holder;
  }

  // ---- addresses ----

  /**
   * {@inheritDoc} An IP literal is read here and now. The future fails with what the resolver
   * threw, an {@link UnknownHostException} for a name without addresses; it is cancelled when the
   * manager is closed. Whoever does not wait for it any more cancels it.
   */
  @Override
  public CompletableFuture<List<InetSocketAddress>> of(Endpoint endpoint) {
    try {
      Optional<InetSocketAddress> literal =
          Literal.of(endpoint.host()).map(ip -> new InetSocketAddress(ip, endpoint.port()));
      if (literal.isPresent()) {
        return CompletableFuture.completedFuture(List.of(literal.get()));
      }
    } catch (UnknownHostException notAnAddress) {
      return CompletableFuture.failedFuture(notAnAddress);
    }
    while (!closed) {
      BookEntry entry =
          entries.computeIfAbsent(endpoint, name -> new BookEntry(name, this, settings));
      CompletableFuture<List<InetSocketAddress>> addresses = entry.ask();
      if (closed) {
        entry.close(); // it came after the end, and nobody else would
      }
      if (addresses != null) {
        return addresses;
      }
      entries.remove(endpoint, entry); // it was dropped while we came
    }
    CompletableFuture<List<InetSocketAddress>> never = new CompletableFuture<>();
    never.cancel(false);
    return never;
  }

  /**
   * The addresses known of an endpoint, without a lookup and as the resolver ordered them; empty
   * for an IP literal.
   */
  public List<InetSocketAddress> known(Endpoint endpoint) {
    BookEntry entry = entries.get(endpoint);
    return entry == null ? List.of() : entry.known();
  }

  @Override
  public void succeeded(InetSocketAddress address) {
    failedLately.succeeded(address);
  }

  @Override
  public void failed(InetSocketAddress address) {
    failedLately.failed(address);
  }

  /** Whether the address failed lately and has not answered since. */
  public boolean hasFailedLately(InetSocketAddress address) {
    return failedLately.contains(address);
  }

  // ---- ends ----

  /** Nobody uses the endpoint any more: nothing is kept of it. */
  public void forget(Endpoint endpoint) {
    BookEntry entry = entries.get(endpoint);
    if (entry != null) {
      forget(entry);
    }
  }

  void forget(BookEntry entry) {
    entries.remove(entry.endpoint(), entry);
    entry.drop();
  }

  /** Ends all waits, and what wakes up by itself. The workers are closed by their owner. */
  @Override
  public void close() {
    closed = true;
    entries.values().forEach(BookEntry::close);
    entries.clear();
  }

  // ---- for its entries ----

  EndpointResolver resolver() {
    return resolver;
  }

  Lookups lookups() {
    return lookups;
  }

  Ticker ticker() {
    return ticker;
  }

  Housekeeper housekeeper() {
    return housekeeper;
  }

  ConnectionListener listener() {
    return listener;
  }

  AddressOrder order() {
    return order;
  }

  AddressUser user() {
    return user;
  }

  boolean isClosed() {
    return closed;
  }
}
