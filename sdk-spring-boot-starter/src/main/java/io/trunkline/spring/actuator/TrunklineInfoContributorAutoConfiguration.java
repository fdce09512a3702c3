package io.trunkline.spring.actuator;

import io.trunkline.ConnectionManager;
import io.trunkline.spring.TrunklineAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Info of Trunkline; {@code management.info.trunkline.enabled} switches it off. */
@AutoConfiguration(after = TrunklineAutoConfiguration.class)
@ConditionalOnClass({InfoContributor.class, ConditionalOnEnabledInfoContributor.class})
@ConditionalOnBean(ConnectionManager.class)
public final class TrunklineInfoContributorAutoConfiguration {
  @Bean
  @ConditionalOnEnabledInfoContributor("trunkline")
  @ConditionalOnMissingBean(name = "trunklineInfoContributor")
  InfoContributor trunklineInfoContributor(ConnectionManager manager) {
    return new TrunklineInfoContributor(manager);
  }
}
