package io.trunkline.benchmarks;

import com.zaxxer.hikari.util.ConcurrentBag;
import com.zaxxer.hikari.util.ConcurrentBag.IConcurrentBagEntry;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** The heart of HikariCP, with connections that are none. */
final class HikariBag implements LeasePool {
  private final ConcurrentBag<Entry> bag = new ConcurrentBag<>(waiting -> {});

  private static final class Entry implements IConcurrentBagEntry {
    private final AtomicInteger state = new AtomicInteger();

    @Override
    public boolean compareAndSet(int expected, int next) {
      return state.compareAndSet(expected, next);
    }

    @Override
    public void setState(int next) {
      state.set(next);
    }

    @Override
    public int getState() {
      return state.get();
    }
  }

  HikariBag(int connections) {
    for (int i = 0; i < connections; i++) {
      bag.add(new Entry());
    }
  }

  @Override
  public Object acquire(int endpoint) throws InterruptedException, TimeoutException {
    Entry entry = bag.borrow(LIMIT_SECONDS, TimeUnit.SECONDS);
    if (entry == null) {
      throw new TimeoutException("nothing in the bag");
    }
    return entry;
  }

  @Override
  public void release(Object lease) {
    bag.requite((Entry) lease);
  }

  @Override
  public void close() {
    bag.close();
  }
}
