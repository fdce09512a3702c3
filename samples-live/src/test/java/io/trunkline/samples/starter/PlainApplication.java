package io.trunkline.samples.starter;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;

/** What somebody has who adds the starter, and nothing else: a RestClient. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class PlainApplication {
  @Bean
  RestClient client(RestClient.Builder builder) {
    return builder.build();
  }
}
