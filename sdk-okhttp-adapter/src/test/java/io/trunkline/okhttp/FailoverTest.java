package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/** An interceptor that goes to another server where the first one cannot answer. */
class FailoverTest extends Fixture {
  private static final class Unavailable extends Dispatcher {
    @Override
    public MockResponse dispatch(RecordedRequest request) {
      return new MockResponse.Builder().code(503).build();
    }
  }

  private static Interceptor failingOverTo(MockWebServer other) {
    return chain -> {
      Response first = chain.proceed(chain.request());
      if (first.code() != 503) {
        return first;
      }
      first.close();
      HttpUrl url = other.url("/");
      return chain.proceed(chain.request().newBuilder().url(url).build());
    };
  }

  /**
   * OkHttp keeps the first connection until it has the second one, which the cap does not allow.
   */
  @Test
  void aCallThatGoesElsewhereDoesNotWaitForItself() throws Exception {
    for (Protocol protocol : List.of(Protocol.HTTP_1_1, Protocol.H2_PRIOR_KNOWLEDGE)) {
      MockWebServer one = server(protocol, false);
      MockWebServer other = server(protocol, false);
      one.setDispatcher(new Unavailable());
      other.setDispatcher(new Always("other"));
      OkHttpClient client =
          client(
              each -> each,
              each -> each.maxConnections(1).acquireTimeout(Duration.ofSeconds(3)),
              each -> speaking(protocol).apply(each).addInterceptor(failingOverTo(other)));
      List<CompletableFuture<String>> calls = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        calls.add(start(client.newCall(request(one.url("/")))));
      }
      for (CompletableFuture<String> each : calls) {
        assertThat(each.get(15, TimeUnit.SECONDS)).as("%s", protocol).isEqualTo("other");
      }
      eventually("all is given back", () -> adapter.adapter().permits().size() == 0);
    }
  }
}
