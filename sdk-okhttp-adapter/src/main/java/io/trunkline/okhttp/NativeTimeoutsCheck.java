package io.trunkline.okhttp;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.List;
import okhttp3.Connection;
import okhttp3.Interceptor;
import okhttp3.Protocol;
import okhttp3.Response;

/**
 * Looks at the connection of each call of a client whose sockets enforce its timeouts: a client
 * that was derived from it, or the builder itself, may have been given other protocols afterwards,
 * and in HTTP/2 nobody would enforce them.
 */
final class NativeTimeoutsCheck implements Interceptor {
  @Override
  public Response intercept(Chain chain) throws IOException {
    Connection connection = chain.connection();
    if (connection != null && isByMany(connection.protocol())) {
      // Of all types this is the one that OkHttp does not answer by another attempt.
      throw new ProtocolException(
          refusal(List.of(connection.protocol())) + "; its protocols were set after the install");
    }
    return chain.proceed(chain.request());
  }

  /** Whether calls share a connection that speaks it. */
  static boolean isByMany(Protocol protocol) {
    return protocol == Protocol.HTTP_2 || protocol == Protocol.H2_PRIOR_KNOWLEDGE;
  }

  static String refusal(List<Protocol> spoken) {
    return "native timeouts are for clients of HTTP/1.1 alone, for in HTTP/2 each call has its own"
        + " limits on one socket, but this one speaks "
        + spoken
        + ": set protocols(List.of(Protocol.HTTP_1_1)), or leave nativeTimeouts off";
  }
}
