package io.trunkline.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.soak.FaultProxy.Toxic;
import io.trunkline.testing.Certificates;
import io.trunkline.testing.ChildJvm;
import io.trunkline.testing.EchoServer;
import io.trunkline.testing.Proof;
import io.trunkline.transport.TestTransports;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many callers for a long time behind {@link FaultProxy}, cancelled and interrupted at random. Each
 * byte of each answer must be the caller's own, each failure must have a kind, nobody may wait past
 * the own deadline, and in the end nothing may be left.
 */
@Tag("proof")
class SoakTest {
  private static final String PASSWORD = "only-for-tests";
  private static final int PROXIES = 4;
  private static final Duration ALL_ELSE = Duration.ofSeconds(90);

  /** Far below what an idle machine does. */
  private static final int LEAST_A_SECOND = 200;

  /** What a run of five minutes or longer has to come to: the claim of the docs. */
  private static final Duration LONG = Duration.ofMinutes(5);

  private static final long MILLION = 1_000_000;

  private static final Pattern ENDED =
      Pattern.compile("soak ended: (\\d+) exchanges, (\\d+) failures");

  private final Deque<AutoCloseable> toClose = new ArrayDeque<>();
  private final List<FaultProxy> proxies = new ArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    while (!toClose.isEmpty()) {
      toClose.pop().close();
    }
  }

  @Test
  void nothingIsLostNobodyGetsAnothersBytesAndNobodyWaitsTooLong(@TempDir Path folder)
      throws Exception {
    TestTransports.jni().close(); // skipped where there is none
    long seed = System.nanoTime();
    Duration time = Proof.share(0.32);
    EchoServer plain = closing(new EchoServer());
    SSLContext key = Certificates.server(Certificates.LOCALHOST);
    EchoServer tls =
        closing(
            new EchoServer(
                key.getServerSocketFactory()
                    .createServerSocket(0, 1_024, InetAddress.getByName("127.0.0.1"))));

    String said =
        ChildJvm.of(SoakMain.class)
            .option("-Xms128m")
            .option("-Xmx128m")
            .option("-XX:+AlwaysPreTouch")
            .option("-XX:+UseSerialGC")
            .option("-Djavax.net.ssl.trustStore=" + trustStore(folder))
            .option("-Djavax.net.ssl.trustStorePassword=" + PASSWORD)
            .option("-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
            .after("export MALLOC_ARENA_MAX=2") // threads come and go, their arenas only come
            .limitSeconds(time.plus(ALL_ELSE).toSeconds())
            .run(
                Long.toString(time.toMillis()),
                Long.toString(seed),
                ports(plain.address(), seed),
                ports(tls.address(), seed + PROXIES))
            .successful();

    System.out.println("[INFO] soak with seed " + seed + ":\n" + said.strip());
    proxies.forEach(each -> System.out.println("[INFO] proxy: " + each.told()));
    Matcher ended = ENDED.matcher(said);
    assertThat(ended.find()).as(said).isTrue();
    assertThat(Long.parseLong(ended.group(1)))
        .as("exchanges")
        .isGreaterThan(time.toSeconds() * LEAST_A_SECOND)
        .isGreaterThanOrEqualTo(time.compareTo(LONG) < 0 ? 0 : MILLION);
    assertThat(Long.parseLong(ended.group(2))).as("failures").isPositive();
    for (Toxic each : Toxic.values()) {
      int struck = proxies.stream().mapToInt(proxy -> proxy.struck().get(each).get()).sum();
      assertThat(struck).as("%s struck", each).isPositive();
    }
  }

  private <T extends AutoCloseable> T closing(T resource) {
    toClose.push(resource);
    return resource;
  }

  /** The server's own, and those of proxies in front of it. */
  private String ports(InetSocketAddress server, long seed) throws Exception {
    List<Integer> ports = new ArrayList<>(List.of(server.getPort()));
    for (int i = 0; i < PROXIES; i++) {
      FaultProxy proxy = closing(new FaultProxy(server, seed + i));
      proxies.add(proxy);
      ports.add(proxy.port());
    }
    return ports.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static Path trustStore(Path folder) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", Certificates.AUTHORITY.certificate());
    Path file = folder.resolve("trust.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file;
  }
}
