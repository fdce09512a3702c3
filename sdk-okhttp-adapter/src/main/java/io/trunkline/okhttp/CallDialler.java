package io.trunkline.okhttp;

import io.trunkline.DialOptions;
import io.trunkline.Dialler;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.Optional;

/**
 * Dials for one call: with its leave, over a connection made ready before, or through the manager.
 */
final class CallDialler implements Dialler {
  private final Adapter adapter;
  private final CallPolicy policy;
  private final boolean byManager;
  private final WeakReference<CallState> call;

  /**
   * @param byManager whether the addresses are those that the manager knows
   * @param call empty if it is not known: then no cap is kept
   */
  CallDialler(
      Adapter adapter, CallPolicy policy, boolean byManager, WeakReference<CallState> call) {
    this.adapter = adapter;
    this.policy = policy;
    this.byManager = byManager;
    this.call = call;
  }

  @Override
  public TransportSocket openSample() throws IOException {
    return adapter.manager().dialler().openSample();
  }

  @Override
  public Attempt begin(Endpoint endpoint, DialOptions asked) {
    DialOptions options =
        byManager ? asked.withOnly(adapter.ports().dialled(endpoint, asked.only())) : asked;
    Attempt dial = adapter.manager().dialler().begin(endpoint, options);
    return new Attempt() {
      @Override
      public TransportSocket run() throws IOException {
        policy.check(endpoint, options.only());
        CallState asking = call.get();
        if (asking != null) {
          asking.checkLeave();
        }
        // It is counted already, and there is no need to make room for it.
        Optional<TransportSocket> ready = adapter.ready().take(endpoint, options.only());
        adapter.connections().beginOpening(endpoint);
        try {
          if (ready.isEmpty()) {
            return dial.run();
          }
          return prepared(ready.get(), options);
        } finally {
          adapter.connections().endOpening(endpoint);
        }
      }

      @Override
      public void cancel() {
        dial.cancel();
      }
    };
  }

  private static TransportSocket prepared(TransportSocket ready, DialOptions options)
      throws IOException {
    boolean done = false;
    try {
      options.preparation().applyTo(ready);
      done = true;
      return ready;
    } finally {
      if (!done) {
        ready.close();
      }
    }
  }
}
