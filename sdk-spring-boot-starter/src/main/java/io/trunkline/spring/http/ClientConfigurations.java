package io.trunkline.spring.http;

import io.micrometer.core.instrument.binder.okhttp3.OkHttpObservationInterceptor;
import io.micrometer.observation.ObservationRegistry;
import okhttp3.OkHttpClient;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** The OkHttpClient of an application that has none of its own. In the order of their import. */
final class ClientConfigurations {
  static final String BEAN = "trunklineOkHttpClient";

  private ClientConfigurations() {}

  /** Nobody else observes the calls of the bean. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({ObservationRegistry.class, OkHttpObservationInterceptor.class})
  @ConditionalOnBean(ObservationRegistry.class)
  static final class Observed {
    private static final String METER = "okhttp.requests";

    @Bean(BEAN)
    @Lazy
    @ConditionalOnMissingBean
    OkHttpClient trunklineOkHttpClient(
        SharedClient shared,
        ObservationRegistry observations,
        ObjectProvider<OkHttpObservationInterceptor> interceptors) {
      OkHttpClient.Builder builder = shared.client().newBuilder();
      builder
          .interceptors()
          .add(
              0,
              interceptors.getIfAvailable(
                  () -> OkHttpObservationInterceptor.builder(observations, METER).build()));
      return builder.build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static final class Plain {
    @Bean(BEAN)
    @Lazy
    @ConditionalOnMissingBean
    OkHttpClient trunklineOkHttpClient(SharedClient shared) {
      return shared.client();
    }
  }
}
