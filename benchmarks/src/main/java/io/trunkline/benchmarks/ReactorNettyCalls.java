package io.trunkline.benchmarks;

import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/** Reactor Netty; the caller blocks until the answer is there. */
final class ReactorNettyCalls implements HttpCalls {
  private final ConnectionProvider connections =
      ConnectionProvider.create("benchmark", CONNECTIONS);
  private final HttpClient client;
  private final String url;

  ReactorNettyCalls(Place place, boolean tls) throws IOException {
    url = place.url(tls);
    HttpClient plain = HttpClient.create(connections).responseTimeout(LIMIT);
    if (tls) {
      SslContext trust =
          SslContextBuilder.forClient()
              .trustManager(ServerCertificate.trustManagers(place.trust()))
              .build();
      client = plain.secure(tlsSpec -> tlsSpec.sslContext(trust));
    } else {
      client = plain;
    }
  }

  @Override
  public int get() {
    return length(client.get().uri(url).responseSingle(ReactorNettyCalls::body));
  }

  @Override
  public int post() {
    return length(
        client
            .post()
            .uri(url)
            .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(HttpCalls.body())))
            .responseSingle(ReactorNettyCalls::body));
  }

  private static Mono<byte[]> body(HttpClientResponse response, ByteBufMono bytes) {
    return bytes.asByteArray();
  }

  private static int length(Mono<byte[]> answer) {
    byte[] body = answer.block(LIMIT);
    return body == null ? 0 : body.length;
  }

  @Override
  public void close() {
    connections.disposeLater().block(LIMIT);
  }
}
