package io.trunkline.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.spring.Contexts;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class TrunklineInfoContributorAutoConfigurationTest {
  private final ApplicationContextRunner runner = Contexts.runner();

  @Test
  void versionAndTransportWithItsReasonAreTold() {
    runner
        .withPropertyValues("trunkline.transport=jdk")
        .run(
            context -> {
              Info.Builder builder = new Info.Builder();
              context.getBean(InfoContributor.class).contribute(builder);
              assertThat(builder.build().get("trunkline"))
                  .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                  .containsEntry("transport", Map.of("name", "jdk", "reason", "it was asked for"))
                  .extractingByKey("version")
                  .asString()
                  .matches("\\d+\\.\\d+\\.\\d+.*");
            });
  }

  @Test
  void canBeSwitchedOffAndReplaced() {
    runner
        .withPropertyValues("management.info.trunkline.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean(InfoContributor.class));
    InfoContributor mine = builder -> {};
    runner
        .withBean("trunklineInfoContributor", InfoContributor.class, () -> mine)
        .run(context -> assertThat(context.getBean(InfoContributor.class)).isSameAs(mine));
  }

  @Test
  void isNotThereWithoutTheActuator() {
    runner
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
        .run(
            context ->
                assertThat(context).hasNotFailed().doesNotHaveBean("trunklineInfoContributor"));
  }
}
