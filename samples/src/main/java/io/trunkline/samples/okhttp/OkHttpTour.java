package io.trunkline.samples.okhttp;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.net.EndpointSnapshot;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.samples.cli.FailureFacts;
import io.trunkline.samples.cli.Page;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** One manager, one client, and what they do in three situations. */
final class OkHttpTour {
  private static final int CALLS = 10;

  /** The jdk transport looks at a connection only after it was idle for a second. */
  private static final int JDK_LOOKS_AFTER_MILLIS = 1_100;

  private final TransportMode transport;
  private final Page page;
  private final List<String> wrong = new ArrayList<>();

  OkHttpTour(TransportMode transport, Page page) {
    this.transport = transport;
    this.page = page;
  }

  /** What turned out otherwise than announced. */
  List<String> run() throws IOException, InterruptedException {
    // All that it takes: one manager for the application, and one line for each client.
    try (HelloServer server = new HelloServer();
        ConnectionManager manager = ConnectionManager.builder().transport(transport).build()) {
      OkHttpClient client = TrunklineOkHttp.install(new OkHttpClient.Builder(), manager).build();

      page.line("OkHttp over Trunkline, on the " + manager.transport().name() + " transport");
      reuse(client, manager, server);
      staleConnection(client, manager, server);
      failure(client);
      end(client);
    }
    return wrong;
  }

  private void reuse(OkHttpClient client, ConnectionManager manager, HelloServer server)
      throws IOException {
    page.heading("1. " + CALLS + " calls one after another share a connection");
    Request request = new Request.Builder().url(server.url()).build();
    for (int i = 0; i < CALLS; i++) {
      try (Response response = client.newCall(request).execute()) {
        expect(response.body().string().equals("hello"), "the server answers hello");
      }
    }
    EndpointSnapshot seen = manager.snapshot().endpoints().get(0);
    page.labelled("calls", Long.toString(seen.leases()));
    page.labelled("handshakes", Long.toString(seen.handshakes()));
    page.labelled("reused", Long.toString(seen.reuses()));
    expect(seen.handshakes() == 1, "one handshake, but " + seen.handshakes());
    expect(seen.reuses() == CALLS - 1, "the others reuse it, but " + seen.reuses());
  }

  /** A POST that OkHttp is told not to repeat: nobody knows whether it was carried out. */
  private void staleConnection(OkHttpClient client, ConnectionManager manager, HelloServer server)
      throws IOException, InterruptedException {
    page.heading(
        "2. The server closes the idle connection, then comes a POST that must not be repeated");
    OkHttpClient adapted = client.newBuilder().retryOnConnectionFailure(false).build();
    OkHttpClient plain = new OkHttpClient.Builder().retryOnConnectionFailure(false).build();
    Request post =
        new Request.Builder().url(server.url()).post(RequestBody.create("order", null)).build();
    Optional<IOException> before = failureOf(plain, post).or(() -> failureOf(adapted, post));
    expect(before.isEmpty(), "both are answered at first, but " + before);

    server.closeIdle();
    if (!manager.transport().isNative()) {
      Thread.sleep(JDK_LOOKS_AFTER_MILLIS);
    }
    Optional<IOException> ofPlain = failureOf(plain, post);
    Optional<IOException> ofAdapted = failureOf(adapted, post);
    page.labelled("plain OkHttp", ofPlain.map(OkHttpTour::inShort).orElse("answered"));
    page.labelled(
        "Trunkline",
        ofAdapted
            .map(OkHttpTour::inShort)
            .orElse("answered: the dead connection was found before the request was sent"));
    expect(ofPlain.isPresent(), "plain OkHttp sends it on the dead connection, but was answered");
    expect(ofAdapted.isEmpty(), "with the adapter it is answered, but " + ofAdapted);
    end(plain);
  }

  private void failure(OkHttpClient client) throws IOException {
    page.heading("3. Nobody listens, and the exception says so");
    Request request = new Request.Builder().url(HelloServer.urlOfNobody()).build();
    IOException thrown = failureOf(client, request).orElse(null);
    Optional<ConnectionFailure> failure = Failures.find(thrown);
    if (thrown == null || failure.isEmpty()) {
      expect(false, "a failure with its kind, but " + thrown);
      return;
    }
    FailureFacts facts = FailureFacts.of(thrown, failure.get());
    page.labelled("thrown", thrown.getClass().getName() + ", as without Trunkline");
    page.labelled("failure", facts.inOneLine());
    page.labelled("advice", facts.adviceInWords());
    page.labelled("explained", facts.explained());
    expect(failure.get().kind() == FailureKind.REFUSED, "refused, but " + facts.kind());
  }

  private static Optional<IOException> failureOf(OkHttpClient client, Request request) {
    try (Response response = client.newCall(request).execute()) {
      response.body().bytes();
      return Optional.empty();
    } catch (IOException thrown) {
      return Optional.of(thrown);
    }
  }

  private static String inShort(IOException thrown) {
    return "failed: " + thrown.getMessage();
  }

  /** OkHttp's own threads and connections, which otherwise linger for a minute and more. */
  private static void end(OkHttpClient client) {
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  private void expect(boolean asAnnounced, String what) {
    if (!asAnnounced) {
      wrong.add(what);
    }
  }
}
