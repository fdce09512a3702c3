package io.trunkline.spring.http;

import io.trunkline.net.Endpoint;
import io.trunkline.okhttp.CallListener;
import io.trunkline.okhttp.FinishedCall;
import java.util.List;

/** All of the context, in their order. */
record CallListeners(List<CallListener> all) implements CallListener {
  @Override
  public void ended(FinishedCall call) {
    all.forEach(each -> each.ended(call));
  }

  @Override
  public void forgotten(Endpoint endpoint) {
    all.forEach(each -> each.forgotten(endpoint));
  }
}
