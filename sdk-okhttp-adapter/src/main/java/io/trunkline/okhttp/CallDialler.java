package io.trunkline.okhttp;

import io.trunkline.DialOptions;
import io.trunkline.Dialler;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.util.Optional;

/**
 * Dials for one call: with its leave, over a connection made ready before, or through the manager.
 */
final class CallDialler implements Dialler {
  private final Adapter adapter;
  private final CallState call;

  /**
   * @param call null if it is not known: then no cap is kept
   */
  CallDialler(Adapter adapter, CallState call) {
    this.adapter = adapter;
    this.call = call;
  }

  @Override
  public TransportSocket openSample() throws IOException {
    return adapter.manager().dialler().openSample();
  }

  @Override
  public Attempt begin(Endpoint endpoint, DialOptions options) {
    Attempt dial = adapter.manager().dialler().begin(endpoint, options);
    return new Attempt() {
      @Override
      public TransportSocket run() throws IOException {
        if (call != null) {
          call.checkLeave();
        }
        adapter.connections().beginOpening(endpoint);
        try {
          Optional<TransportSocket> ready = adapter.ready().take(endpoint, options.only());
          if (ready.isEmpty()) {
            return dial.run();
          }
          options.preparation().applyTo(ready.get());
          return ready.get();
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
}
