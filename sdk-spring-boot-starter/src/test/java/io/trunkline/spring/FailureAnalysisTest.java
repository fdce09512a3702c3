package io.trunkline.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

/** What a reader of the log is told when the application does not start. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTest {
  private static FailureAnalysis analysis(String... properties) {
    StandardEnvironment environment = new StandardEnvironment();
    TestPropertyValues.of(properties).applyTo(environment);
    List<FailureAnalysis> found = new ArrayList<>();
    Contexts.runner()
        .withPropertyValues(properties)
        .run(
            context -> {
              assertThat(context).hasFailed();
              found.add(
                  new InvalidPropertyFailureAnalyzer(environment)
                      .analyze(context.getStartupFailure()));
            });
    assertThat(found).doesNotContainNull();
    return found.get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          trunkline.pool.max-per-endpoint         | 0     | must be from 1 to 65535
          trunkline.pool.max-total                | -1    | must be at least 1
          trunkline.pool.acquire-timeout          | 0s    | must be longer than zero
          trunkline.pool.min-idle                 | 99    | must be from 0 to 64
          trunkline.connect.timeout               | -1s   | must be longer than zero
          trunkline.connect.max-in-flight         | 0     | must be at least 1
          trunkline.connect.rate                  | -3    | must be from 0 to 1000000
          trunkline.connect.attempt-delay         | 5s    | must be from PT0.01S to PT2S
          trunkline.connect.local-address         | here  | must be an IP address
          trunkline.connect.keepalive-idle        | 12h   | must be at most PT9H6M7S
          trunkline.socket.traffic-class          | 256   | must be from 0 to 255
          trunkline.socket.send-buffer            | 3GB   | must be less than 2GB
          trunkline.ssl.protocols                 | SSLv9 | must be among
          trunkline.ssl.timeout                   | 0     | must be longer than zero
          trunkline.resolve.ttl                   | -1s   | must be zero or longer
          trunkline.circuit-breaker.window        | 1ms   | must be from PT1S to PT1H
          trunkline.probe.first-after             | 0s    | must be longer than zero
          trunkline.probe.longest-interval        | 1ms   | must be at least PT1S
          trunkline.retry.longest-backoff         | 1ms   | must be at least PT0.1S
          trunkline.shutdown.drain-timeout        | -1s   | must be zero or longer
          spring.http.clients.connect-timeout     | -1s   | must be longer than zero
          trunkline.address-allow                 | 10.0.0.0/8 | has no effect
          trunkline.address-deny                  | 10/99 | has what is not a block of addresses
          trunkline.ssl.bundle                    | none  | names an SSL bundle that does not exist
          """)
  void wrongValueIsNamedWithItsPropertyAndAFix(String property, String value, String reason) {
    FailureAnalysis analysis = analysis(property + "=" + value);
    assertThat(analysis.getDescription())
        .contains("Property: " + property + "\n")
        .contains("Value: \"" + value + "\"")
        .contains("Reason: " + property + " " + reason);
    assertThat(analysis.getAction()).isNotBlank().endsWith(".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          port=1                                  | host       | is missing
          host=h                                  | port       | is missing
          host=h,port=0                           | port       | must be from 1 to 65535
          host=a b,port=1                         | host       | must be a name or an IP address
          host=h,port=1,warm-up=-1                | warm-up    | must be 0 or more
          host=h,port=1,ssl.bundle=x              | ssl.bundle | is set, but the endpoint does not speak TLS
          host=h,port=1,tls=true,ssl.bundle=x     | ssl.bundle | names an SSL bundle that does not exist
          host=h,port=1,pool.max-total=5          | pool.max-total | cannot be set for a single endpoint
          host=h,port=1,connect.total-rate=5      | connect.total-rate | cannot be set for a single endpoint
          host=h,port=1,pool.max-uses=-1          | pool.max-uses | must be at least 0
          service-id=orders                       | service-id | is set, but there is nobody to ask
          """)
  void wrongEndpointIsNamed(String properties, String property, String reason) {
    String prefix = "trunkline.endpoints.orders.";
    FailureAnalysis analysis =
        analysis(
            java.util.Arrays.stream(properties.split(","))
                .map(each -> prefix + each)
                .toArray(String[]::new));
    assertThat(analysis.getDescription())
        .contains("Property: " + prefix + property + "\n")
        .contains("Reason: " + prefix + property + " " + reason);
    assertThat(analysis.getAction()).isNotBlank().endsWith(".");
  }

  @Test
  void twoNamesForOneEndpointAreRefused() {
    FailureAnalysis analysis =
        analysis(
            "trunkline.endpoints.one.host=h",
            "trunkline.endpoints.one.port=1",
            "trunkline.endpoints.two.host=H",
            "trunkline.endpoints.two.port=1");
    assertThat(analysis.getDescription())
        .contains("trunkline.endpoints.two is h:1, and so is trunkline.endpoints.one");
  }

  @Test
  void fixIsWrittenOut() {
    FailureAnalysis analysis = analysis("trunkline.connect.max-in-flight=0");
    assertThat(analysis.getAction())
        .isEqualTo(
            "Give trunkline.connect.max-in-flight a value that is at least 1, or remove it for the"
                + " default.");
  }

  // ---- as an application shows it ----

  @Configuration(proxyBeanMethods = false)
  @ImportAutoConfiguration({TrunklineAutoConfiguration.class, SslAutoConfiguration.class})
  static class Application {}

  private static void start(String... arguments) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    Throwable failure = catchThrowable(() -> application.run(arguments).close());
    assertThat(failure).isNotNull();
  }

  @Test
  void applicationThatDoesNotStartSaysWhichPropertyIsWrongAndWhereItWasSet(CapturedOutput output) {
    start("--trunkline.pool.max-per-endpoint=0");
    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("Property: trunkline.pool.max-per-endpoint")
        .contains("Origin: \"trunkline.pool.max-per-endpoint\" from property source")
        .contains("must be from 1 to 65535");
  }

  @Test
  void applicationWhoseNativeLibraryCannotBeLoadedSaysWhy(CapturedOutput output) {
    start("--trunkline.transport=native", "--trunkline.native-library=/nowhere/libtrunkline.so");
    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("trunkline.transport is \"native\", and the native library cannot be used")
        // By another test of this JVM, which loads it once.
        .containsPattern("/nowhere/libtrunkline.so|native library is loaded already")
        .contains("set trunkline.transport to \"auto\"");
  }
}
