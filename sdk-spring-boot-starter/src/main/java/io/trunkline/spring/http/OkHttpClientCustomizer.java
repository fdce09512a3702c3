package io.trunkline.spring.http;

import okhttp3.OkHttpClient;

/**
 * A bean of this type changes the application's OkHttpClient before it is built, and with it all
 * clients of RestClient, RestTemplate and HTTP service groups, which are derived from it and whose
 * own settings ({@code spring.http.clients}) come after. Several are called in their order. With an
 * OkHttpClient bean of the application's own none is called.
 */
@FunctionalInterface
public interface OkHttpClientCustomizer {
  void customize(OkHttpClient.Builder builder);
}
