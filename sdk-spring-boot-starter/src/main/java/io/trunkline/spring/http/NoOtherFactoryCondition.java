package io.trunkline.spring.http;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;

/** Boot would make a request factory, and the application has not said which. */
final class NoOtherFactoryCondition extends NoneNestedConditions {
  NoOtherFactoryCondition() {
    super(ConfigurationPhase.PARSE_CONFIGURATION);
  }

  @ConditionalOnProperty("spring.http.clients.imperative.factory")
  static final class Chosen {}

  /** There Boot makes none. */
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
  static final class ReactiveWebApplication {}
}
