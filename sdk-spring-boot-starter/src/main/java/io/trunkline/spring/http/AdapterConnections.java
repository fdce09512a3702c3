package io.trunkline.spring.http;

import io.trunkline.net.Endpoint;
import io.trunkline.okhttp.TrunklineOkHttp;
import io.trunkline.spring.HttpConnections;
import java.io.IOException;
import okhttp3.HttpUrl;

/** The connections of OkHttp's clients. */
record AdapterConnections(TrunklineOkHttp trunkline) implements HttpConnections {
  @Override
  public boolean has(Endpoint plain) {
    return trunkline.serves(plain);
  }

  @Override
  public int warmUp(Endpoint plain, int connections) throws IOException {
    HttpUrl url =
        new HttpUrl.Builder().scheme("http").host(plain.host()).port(plain.port()).build();
    return trunkline.warmUp(url.toString(), connections);
  }
}
