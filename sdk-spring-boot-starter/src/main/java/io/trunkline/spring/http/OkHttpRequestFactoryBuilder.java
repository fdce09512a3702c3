package io.trunkline.spring.http;

import io.trunkline.okhttp.TrunklineOkHttp;
import java.net.CookieManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import okhttp3.CookieJar;
import okhttp3.OkHttpClient;
import okhttp3.java.net.cookiejar.JavaNetCookieJar;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.HttpCookieHandling;
import org.springframework.boot.http.client.HttpRedirects;

/**
 * Makes the request factories of RestClient, RestTemplate and HTTP service groups. Their clients
 * are all derived from one OkHttpClient, and share its connections where their SSL bundles and
 * address filters are the same. What the settings leave open is as in that client. Immutable.
 *
 * <p>A connect timeout ends a dial unless {@code trunkline.connect.timeout} did before. Redirects
 * between http and https are followed as the client has it, which by default is both ways. An
 * {@code InetAddressFilter} is asked right before a socket is opened, and a refusal is of kind
 * {@code DENIED_BY_POLICY}.
 */
public final class OkHttpRequestFactoryBuilder
    implements ClientHttpRequestFactoryBuilder<OkHttpRequestFactory> {
  private final Supplier<OkHttpClient> common;
  private final TrunklineOkHttp trunkline;
  private final FollowedBundles bundles;
  private final List<Consumer<OkHttpClient.Builder>> customizers;

  /**
   * @param common what clients are derived from; asked for with the first one
   */
  OkHttpRequestFactoryBuilder(
      Supplier<OkHttpClient> common, TrunklineOkHttp trunkline, FollowedBundles bundles) {
    this(common, trunkline, bundles, List.of());
  }

  private OkHttpRequestFactoryBuilder(
      Supplier<OkHttpClient> common,
      TrunklineOkHttp trunkline,
      FollowedBundles bundles,
      List<Consumer<OkHttpClient.Builder>> customizers) {
    this.common = common;
    this.trunkline = trunkline;
    this.bundles = bundles;
    this.customizers = customizers;
  }

  /**
   * A builder whose clients are changed by this, too, after the settings and before Trunkline is
   * put beneath, and again for the client that takes its place when its SSL bundle is updated.
   */
  public OkHttpRequestFactoryBuilder withClientCustomizer(
      Consumer<OkHttpClient.Builder> customizer) {
    if (customizer == null) {
      throw new IllegalArgumentException("customizer must not be null");
    }
    List<Consumer<OkHttpClient.Builder>> all = new ArrayList<>(customizers);
    all.add(customizer);
    return new OkHttpRequestFactoryBuilder(common, trunkline, bundles, List.copyOf(all));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Without an SSL bundle the client is made, and customizers are called, when its first request
   * is created.
   *
   * @throws IllegalStateException if the SSL bundle cannot be used
   */
  @Override
  public OkHttpRequestFactory build(HttpClientSettings settings) {
    HttpClientSettings wanted = settings == null ? HttpClientSettings.defaults() : settings;
    if (wanted.sslBundle() == null) {
      return new OkHttpRequestFactory(() -> finished(applied(wanted, common.get()), wanted));
    }
    OkHttpClient base = common.get();
    OkHttpRequestFactory factory = new OkHttpRequestFactory(base);
    OkHttpClient withoutTls = applied(wanted, base).build();
    bundles.follow(
        wanted.sslBundle(),
        factory,
        (renewed, tls) -> {
          OkHttpClient.Builder secured = withoutTls.newBuilder();
          tls.applyTo(secured, base.connectionSpecs());
          renewed.use(finished(secured, wanted));
        });
    return factory;
  }

  private OkHttpClient finished(OkHttpClient.Builder builder, HttpClientSettings settings) {
    customizers.forEach(each -> each.accept(builder));
    return settings.inetAddressFilter() == null
        ? trunkline.install(builder).build()
        : trunkline.install(builder, new FilterPolicy(settings.inetAddressFilter())).build();
  }

  private static OkHttpClient.Builder applied(HttpClientSettings settings, OkHttpClient base) {
    OkHttpClient.Builder to = base.newBuilder();
    if (settings.connectTimeout() != null) {
      to.connectTimeout(settings.connectTimeout());
    }
    if (settings.readTimeout() != null) {
      to.readTimeout(settings.readTimeout());
    }
    if (settings.redirects() != null) {
      to.followRedirects(settings.redirects() != HttpRedirects.DONT_FOLLOW);
    }
    if (settings.cookieHandling() != null) {
      to.cookieJar(
          settings.cookieHandling() == HttpCookieHandling.DISABLE
              ? CookieJar.NO_COOKIES
              : new JavaNetCookieJar(new CookieManager()));
    }
    return to;
  }
}
