package io.trunkline.okhttp;

import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.Dns;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/** Puts a call on its way: who hears of it, where its connections come from, and its leave. */
final class CallInterceptor implements Interceptor {
  private final Adapter adapter;
  private final Timeouts timeouts;
  private final CallPolicy policy;

  /**
   * @param timeouts that the client of this interceptor has its sockets enforce
   * @param policy what that client may connect to
   */
  CallInterceptor(Adapter adapter, Timeouts timeouts, CallPolicy policy) {
    this.adapter = adapter;
    this.timeouts = timeouts;
    this.policy = policy;
  }

  Timeouts timeouts() {
    return timeouts;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    CallState state = stateOf(chain.call());
    boolean cached = chain.getCache() != null;
    if (chain.readTimeoutMillis() > 0
        || chain.writeTimeoutMillis() > 0
        || chain.call().timeout().timeoutNanos() > 0) {
      adapter.watchdog().call();
    }
    try {
      state.begins(request, cached, chain.getProxy());
      if (!cached) {
        state.awaitLeave(); // else once the cache was found to have no answer
      }
      return proceed(prepared(chain, state), request, state);
    } catch (IOException failed) {
      throw state.hasSent() ? Failures.afterSending(failed) : failed;
    }
  }

  private CallState stateOf(Call call) {
    CallState state = call.tag(CallState.class, () -> new CallState(adapter, timeouts));
    if (!state.hasBegun()) { // else an interceptor before this one tries again
      call.addEventListener(state);
      if (call.isCanceled()) {
        state.cancelled(); // perhaps before it could hear of it
      }
    }
    return state;
  }

  private Chain prepared(Chain chain, CallState state) {
    CallRoutes routes = new CallRoutes(adapter, policy, chain.getDns(), state);
    Chain prepared = chain.withSocketFactory(routes);
    // OkHttp compares the Dns, but not the socket factory, when it looks for a connection to share.
    if (chain.getDns() == Dns.SYSTEM || !policy.isNone()) {
      prepared = prepared.withDns(routes);
    }
    if (CallTarget.isUpgrade(chain.request())) {
      // The socket cannot tell the limits of the answer from those of what comes after it.
      prepared =
          prepared
              .withReadTimeout(timeouts.readLimit(chain.readTimeoutMillis()), TimeUnit.MILLISECONDS)
              .withWriteTimeout(
                  timeouts.writeLimit(chain.writeTimeoutMillis()), TimeUnit.MILLISECONDS);
    }
    return prepared;
  }

  private Response proceed(Chain chain, Request request, CallState state) throws IOException {
    for (; ; ) {
      try {
        return chain.proceed(request);
      } catch (IOException failed) {
        if (!state.couldWaitForRoom()) {
          throw failed;
        }
      } catch (RuntimeException defect) {
        throw defect;
      } catch (Exception undeclared) {
        throw interrupted(state, undeclared);
      }
      // All that is shared is full, and nothing was sent yet.
      state.awaitRoom();
    }
  }

  /**
   * OkHttp's wait for a connect throws an InterruptedException that no method declares, and that
   * would end the thread of who catches what is declared.
   */
  private static IOException interrupted(CallState state, Exception undeclared) {
    Thread.currentThread().interrupt();
    return Failures.exception(
        FailureDetails.of(FailureKind.INTERRUPTED, FailurePhase.CONNECT)
            .withEndpoint(state.endpoint()),
        undeclared);
  }
}
