package io.trunkline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trunkline.config.BreakerSettings;
import io.trunkline.config.ConnectSettings;
import io.trunkline.config.FastOpen;
import io.trunkline.config.PoolSettings;
import io.trunkline.config.ResolveSettings;
import io.trunkline.config.RetrySettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.config.TlsSettings;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.FailureKind;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.CapturedLog;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/**
 * Every method of every builder of settings, with values that nobody should give it: it takes them,
 * or says by an IllegalArgumentException which setting they are no good for. What it took makes a
 * manager. Repeatable by the number of the round.
 */
class SettingsFuzzTest {
  private static final int ROUNDS = 2_000;
  private static final int MANAGERS = 200;

  private final Random random = new Random(23);
  private long taken;
  private long refused;

  @Test
  void everyValueIsTakenOrRefusedByTheNameOfItsSetting() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      for (Object builder :
          List.of(
              PoolSettings.builder(),
              ConnectSettings.builder(),
              ResolveSettings.builder(),
              SocketSettings.builder(),
              TlsSettings.builder(),
              BreakerSettings.builder(),
              RetrySettings.builder())) {
        for (Method setter : settersOf(builder)) {
          set(round, builder, setter);
        }
        build(round, builder);
      }
    }
    assertThat(taken).isGreaterThan(ROUNDS * 10L);
    assertThat(refused).isGreaterThan(ROUNDS * 10L);
  }

  @Test
  void whatIsTakenMakesAManager() {
    CapturedLog.of(this::makeManagers); // what it says of odd settings is not for the reader
  }

  private void makeManagers() {
    int made = 0;
    for (int round = 0; round < MANAGERS; round++) {
      ConnectionManager.Builder builder = ConnectionManager.builder().transport(TransportMode.JDK);
      try {
        builder
            .pool(this::changed)
            .connect(this::changed)
            .resolve(this::changed)
            .socket(this::changed)
            .circuitBreaker(this::changed)
            .retry(this::changed);
      } catch (IllegalArgumentException doNotFitTogether) {
        checkNamed(round, "build", doNotFitTogether);
        continue;
      }
      try (ConnectionManager manager = builder.build()) {
        assertThat(manager.snapshot().endpoints()).isEmpty();
        made++;
      } catch (RuntimeException broken) {
        fail("round " + round, broken);
      }
    }
    assertThat(made).isGreaterThan(MANAGERS / 4);
  }

  @Test
  void aMissingChangeOfSettingsIsNamed() throws Exception {
    int tried = 0;
    for (Method method : ConnectionManager.Builder.class.getDeclaredMethods()) {
      if (!Modifier.isPublic(method.getModifiers()) || method.getParameterCount() != 1) {
        continue;
      }
      tried++;
      assertThat(refusal(ConnectionManager.builder(), method, (Object) null))
          .as(method.getName())
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessage(method.getName() + " must not be null");
      if (method.getParameterTypes()[0] == UnaryOperator.class) {
        UnaryOperator<Object> forgetful = builder -> null;
        assertThat(refusal(ConnectionManager.builder(), method, forgetful))
            .as(method.getName())
            .isExactlyInstanceOf(IllegalArgumentException.class)
            .hasMessage(method.getName() + " must not be null");
      }
    }
    assertThat(tried).isGreaterThan(12);
  }

  private <B> B changed(B builder) {
    for (Method setter : settersOf(builder)) {
      if (random.nextInt(3) == 0) {
        set(0, builder, setter);
      }
    }
    return builder;
  }

  private static List<Method> settersOf(Object builder) {
    return Arrays.stream(builder.getClass().getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> method.getParameterCount() == 1)
        .sorted((a, b) -> a.toString().compareTo(b.toString())) // the same order in each JVM
        .toList();
  }

  private void set(int round, Object builder, Method setter) {
    Object value = value(setter.getParameterTypes()[0]);
    Throwable thrown = refusal(builder, setter, value);
    if (thrown == null) {
      taken++;
      return;
    }
    refused++;
    checkNamed(round, setter.getName(), thrown);
    if (value instanceof Integer || value instanceof Duration) {
      assertThat(thrown).hasMessageEndingWith(", but was " + value);
      assertThat(thrown.getMessage().replaceAll("^[a-z-]+\\.([a-z-]+) .*$", "$1").replace("-", ""))
          .isEqualTo(setter.getName().toLowerCase(Locale.ROOT));
    }
  }

  private void build(int round, Object builder) throws Exception {
    Throwable thrown = refusal(builder, builder.getClass().getMethod("build"));
    if (thrown != null) {
      checkNamed(round, "build", thrown);
    }
  }

  private static void checkNamed(int round, String method, Throwable thrown) {
    assertThat(thrown)
        .as("round %s, %s", round, method)
        .isExactlyInstanceOf(IllegalArgumentException.class);
    assertThat(thrown.getMessage())
        .matches("(?s)(pool|connect|resolve|socket|tls|circuit-breaker|retry)\\.[a-z-]+ must .+");
  }

  /** What it threw, null for nothing. */
  private static Throwable refusal(Object on, Method method, Object... arguments) {
    try {
      method.setAccessible(true);
      method.invoke(on, arguments);
      return null;
    } catch (InvocationTargetException thrown) {
      return thrown.getCause();
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  // ---- values ----

  private Object value(Class<?> type) {
    if (type == int.class) {
      return random.nextBoolean()
          ? random.nextInt(200)
          : one(Integer.MIN_VALUE, -1, 0, 1, 65_535, 65_536, Integer.MAX_VALUE, random.nextInt());
    }
    if (type == boolean.class) {
      return random.nextBoolean();
    }
    if (type == Duration.class) {
      return random.nextBoolean()
          ? Duration.ofMillis(random.nextInt(20_000))
          : one(
              null,
              Duration.ZERO,
              Duration.ofNanos(1),
              Duration.ofNanos(-1),
              Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
              Duration.ofSeconds(Long.MIN_VALUE),
              Duration.ofDays(24),
              Duration.ofDays(25),
              Duration.ofMillis(Integer.MAX_VALUE),
              Duration.ofMillis(Integer.MAX_VALUE).plusNanos(1));
    }
    if (type == String[].class) {
      return random.nextInt(8) == 0 ? null : strings();
    }
    if (type.isEnum()) {
      return random.nextInt(4) == 0 ? null : one(type.getEnumConstants());
    }
    if (type == Set.class) {
      return one(
          null,
          Set.of(),
          Set.of(FailureKind.REFUSED),
          new HashSet<>(Arrays.asList(FailureKind.REFUSED, null)),
          Collections.singleton(null));
    }
    if (type == Map.class) {
      return one(
          null,
          Map.of(),
          Map.of(Endpoint.tcp("a", 1), FastOpen.OFF),
          Collections.singletonMap(null, FastOpen.OFF),
          Collections.singletonMap(Endpoint.tcp("a", 1), null));
    }
    if (type == InetAddress.class) {
      return one(null, InetAddress.getLoopbackAddress());
    }
    if (type == SSLContext.class) {
      return one(null, notInitialized());
    }
    assertThat(type).as("a type that this test does not know").isEqualTo(Function.class);
    return one(null, (Function<Endpoint, SSLContext>) endpoint -> null);
  }

  private String[] strings() {
    String[] all = new String[random.nextInt(4)];
    for (int i = 0; i < all.length; i++) {
      all[i] =
          (String)
              one(
                  null,
                  "",
                  "h2",
                  "TLSv1.3",
                  "TLSv1.2",
                  "SSLv3",
                  "TLS_AES_128_GCM_SHA256",
                  "TLS_NO_SUCH",
                  "\u0000",
                  "x".repeat(256),
                  "\u00e4".repeat(128));
    }
    return all;
  }

  private Object one(Object... all) {
    return all[random.nextInt(all.length)];
  }

  private static SSLContext notInitialized() {
    try {
      return SSLContext.getInstance("TLSv1.3");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
