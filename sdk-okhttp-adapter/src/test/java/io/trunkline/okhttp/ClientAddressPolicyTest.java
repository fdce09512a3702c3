package io.trunkline.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.trunkline.ConnectionManager;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.AddressPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients of one adapter that may not connect to the same addresses. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClientAddressPolicyTest {
  private static final AddressPolicy NOT_HERE = AddressPolicy.denyPrivate();

  private final MockWebServer server = new MockWebServer();
  private final OkHttpClient common = new OkHttpClient();
  private ConnectionManager manager;
  private TrunklineOkHttp trunkline;

  @BeforeEach
  void start() throws Exception {
    manager = ConnectionManager.builder().build();
    trunkline = TrunklineOkHttp.builder(manager).build();
    server.start();
    for (int i = 0; i < 4; i++) {
      server.enqueue(new MockResponse.Builder().body("hello").build());
    }
  }

  @AfterEach
  void end() {
    manager.close();
    server.close();
  }

  private OkHttpClient client(AddressPolicy policy) {
    return trunkline.install(common.newBuilder(), policy).build();
  }

  private String get(OkHttpClient client, String host) throws IOException {
    Request request =
        new Request.Builder().url("http://" + host + ":" + server.getPort() + "/").build();
    try (Response response = client.newCall(request).execute()) {
      return response.body().string();
    }
  }

  private void isRefused(OkHttpClient client, String host) {
    Throwable thrown = catchThrowable(() -> get(client, host));
    assertThat(thrown).isInstanceOf(IOException.class);
    ConnectionFailure failure = Failures.find(thrown).orElseThrow();
    assertThat(failure.kind()).isEqualTo(FailureKind.DENIED_BY_POLICY);
  }

  @Test
  void literalsAndNamesAreRefusedBeforeASocketIsOpened() {
    OkHttpClient client = client(NOT_HERE);
    isRefused(client, "127.0.0.1");
    isRefused(client, "localhost");
    isRefused(client, "[::ffff:127.0.0.1]");
    assertThat(server.getRequestCount()).isZero();
    assertThat(manager.snapshot().endpoints()).allMatch(each -> each.handshakes() == 0);
  }

  @Test
  void connectionOfAnotherClientIsNoWayAroundThePolicy() throws Exception {
    assertThat(get(trunkline.install(common.newBuilder()).build(), "127.0.0.1")).isEqualTo("hello");
    assertThat(common.connectionPool().idleConnectionCount()).isEqualTo(1);
    isRefused(client(NOT_HERE), "127.0.0.1");
  }

  @Test
  void clientsWithTheSamePolicyShareConnectionsAndOthersDoNot() throws Exception {
    AddressPolicy everything = (endpoint, address) -> Optional.empty();
    AddressPolicy alsoEverything = (endpoint, address) -> Optional.ofNullable(null);
    get(client(everything), "127.0.0.1");
    get(client(everything), "127.0.0.1");
    assertThat(common.connectionPool().connectionCount()).isEqualTo(1);
    get(client(alsoEverything), "127.0.0.1");
    assertThat(common.connectionPool().connectionCount()).isEqualTo(2);
  }

  @Test
  void namesThatAnotherDnsKnowsAreSubjectToThePolicy() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    OkHttpClient.Builder builder =
        common
            .newBuilder()
            .dns(
                name -> {
                  asked.incrementAndGet();
                  return List.of(InetAddress.getByAddress(name, new byte[] {127, 0, 0, 1}));
                });
    OkHttpClient refused = trunkline.install(builder, NOT_HERE).build();
    isRefused(refused, "service.invalid");
    OkHttpClient let = trunkline.install(refused.newBuilder(), AddressPolicy.any()).build();
    assertThat(get(let, "service.invalid")).isEqualTo("hello");
    isRefused(refused, "service.invalid");
    assertThat(asked).hasValueGreaterThan(1);
  }

  @Test
  void policyThatFailsRefuses() {
    isRefused(
        client(
            (endpoint, address) -> {
              throw new IllegalStateException("broken");
            }),
        "127.0.0.1");
    isRefused(client((endpoint, address) -> null), "127.0.0.1");
  }
}
