package io.trunkline.okhttp;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;

/** Holds each request until it is let through. */
final class Gate extends Dispatcher {
  final BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
  final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger inside = new AtomicInteger();
  private final Semaphore open = new Semaphore(0);

  void open(int requests) {
    open.release(requests);
  }

  @Override
  public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
    int now = inside.incrementAndGet();
    most.accumulateAndGet(now, Math::max);
    arrived.add(request.getUrl().encodedPath());
    open.acquire();
    inside.decrementAndGet();
    return new MockResponse.Builder().body("through").build();
  }
}
