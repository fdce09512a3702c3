package io.trunkline.spring;

import io.trunkline.spring.actuator.TrunklineEndpointAutoConfiguration;
import io.trunkline.spring.actuator.TrunklineHealthContributorAutoConfiguration;
import io.trunkline.spring.actuator.TrunklineInfoContributorAutoConfiguration;
import io.trunkline.spring.discovery.TrunklineDiscoveryAutoConfiguration;
import io.trunkline.spring.http.TrunklineHttpAutoConfiguration;
import io.trunkline.spring.metrics.TrunklineCircuitBreakerMetricsAutoConfiguration;
import io.trunkline.spring.metrics.TrunklineMetricsAutoConfiguration;
import java.util.Arrays;
import java.util.List;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;

/** Application contexts with all auto-configurations of Trunkline. */
public final class Contexts {
  /** Ours, each of them. */
  public static final List<Class<?>> OURS =
      List.of(
          TrunklineAutoConfiguration.class,
          TrunklineEndpointAutoConfiguration.class,
          TrunklineHealthContributorAutoConfiguration.class,
          TrunklineInfoContributorAutoConfiguration.class,
          TrunklineDiscoveryAutoConfiguration.class,
          TrunklineHttpAutoConfiguration.class,
          TrunklineCircuitBreakerMetricsAutoConfiguration.class,
          TrunklineMetricsAutoConfiguration.class);

  private Contexts() {}

  public static ApplicationContextRunner runner(Class<?>... more) {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(OURS.toArray(Class<?>[]::new)))
        .withConfiguration(
            AutoConfigurations.of(
                ConfigurationPropertiesAutoConfiguration.class,
                LifecycleAutoConfiguration.class,
                SslAutoConfiguration.class))
        .withConfiguration(AutoConfigurations.of(more));
  }

  /** The names of all beans whose class or factory is ours. */
  public static List<String> ours(ConfigurableApplicationContext context) {
    return Arrays.stream(context.getBeanDefinitionNames())
        .filter(
            name -> {
              Class<?> type = context.getBeanFactory().getType(name, false);
              return name.contains("trunkline")
                  || (type != null && type.getName().startsWith("io.trunkline"));
            })
        .toList();
  }
}
