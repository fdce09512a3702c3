package io.trunkline.samples.live;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** docs/grafana/trunkline.json asks for meters that there are, by labels that they have. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DashboardTest {
  private static final Path DASHBOARD = Path.of("..", "docs", "grafana", "trunkline.json");
  private static final Pattern NAME = Pattern.compile("\\b(?:trunkline|resilience4j)_\\w+");
  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:trunkline|resilience4j)_\\w+)\\{([^}]*)}");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)");
  private static final Pattern BY = Pattern.compile("by\\s*\\(([^)]*)\\)");

  private static JsonNode dashboard() throws IOException {
    return new ObjectMapper().readTree(Files.readString(DASHBOARD));
  }

  private static List<String> queries() throws IOException {
    List<String> all = new ArrayList<>();
    for (JsonNode panel : dashboard().path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        all.add(target.path("expr").stringValue());
      }
    }
    for (JsonNode variable : dashboard().at("/templating/list")) {
      if (variable.path("type").stringValue().equals("query")) {
        all.add(variable.at("/query/query").stringValue());
      }
    }
    return all;
  }

  @Test
  void everyMeterOfTheDashboardIsInTheOutputOfTheSample() throws Exception {
    List<String> queries = queries();
    assertThat(queries).hasSizeGreaterThan(15);
    String scrape = scrapeAfterTrouble();

    Set<String> known = new TreeSet<>();
    for (String line : scrape.split("\n")) {
      if (!line.startsWith("#")) {
        known.add(line.replaceFirst("[{ ].*", ""));
      }
    }
    Set<String> used = new TreeSet<>();
    for (String query : queries) {
      NAME.matcher(query).results().forEach(each -> used.add(each.group()));
    }
    assertThat(used).hasSizeGreaterThan(15);
    assertThat(known).containsAll(used);
    for (String query : queries) {
      assertLabels(query, scrape);
    }
  }

  /** Labels a query selects or groups by, in the lines of the meters it names. */
  private static void assertLabels(String query, String scrape) {
    Matcher selectors = SELECTOR.matcher(query);
    while (selectors.find()) {
      Matcher labels = MATCHER.matcher(selectors.group(2));
      while (labels.find()) {
        assertThat(labelsOf(selectors.group(1), scrape)).as(query).contains(labels.group(1));
      }
    }
    Matcher names = NAME.matcher(query);
    Matcher by = BY.matcher(query);
    if (names.find() && by.find()) {
      for (String label : by.group(1).split(",")) {
        assertThat(labelsOf(names.group(), scrape)).as(query).contains(label.strip());
      }
    }
  }

  private static Set<String> labelsOf(String name, String scrape) {
    Set<String> labels =
        new TreeSet<>(Set.of("job", "instance", "application")); // Prometheus adds these
    for (String line : scrape.split("\n")) {
      if (line.startsWith(name + "{")) {
        Pattern.compile("(\\w+)=\"")
            .matcher(line)
            .results()
            .forEach(each -> labels.add(each.group(1)));
      }
    }
    return labels;
  }

  /** Some meters come with the first event of their kind, so each kind is made to happen. */
  private static String scrapeAfterTrouble() throws Exception {
    try (LiveFixture live = LiveFixture.start()) {
      ConnectionManager manager = live.bean(ConnectionManager.class);
      // The sample has neither names to look up nor TLS; a plain server is no partner for either.
      Endpoint wrong = Endpoint.tls("localhost", live.port("live.prices-port"));
      try {
        manager.acquire(wrong).close();
        throw new AssertionError("TLS with a plain server");
      } catch (IOException expected) {
        // For its meter.
      }
      Endpoint stock = Endpoint.tcp("127.0.0.1", live.port("live.stock-port"));
      manager.call(stock, DashboardTest::ask);
      live.behave("RESET");
      try {
        manager.call(stock, true, DashboardTest::ask); // over a connection that has served
        throw new AssertionError("an answer from a server that resets");
      } catch (IOException expected) {
        // It was repeated before.
      }
      live.behave("REFUSE");
      awaitLine(live, "trunkline_breaker_probes_total");
      return awaitLine(live, "trunkline_breaker_changes_total");
    }
  }

  private static Void ask(Lease lease) throws IOException {
    lease.output().write("GET / HTTP/1.1\r\nHost: stock\r\n\r\n".getBytes(US_ASCII));
    for (int next = lease.input().read(); next != '}'; next = lease.input().read()) {
      if (next < 0) {
        throw new EOFException("no answer");
      }
    }
    return null;
  }

  private static String awaitLine(LiveFixture live, String start) throws Exception {
    String[] latest = {""};
    LiveFixture.await(
        start + " in the output",
        () -> {
          latest[0] = live.get("actuator/prometheus").body();
          return latest[0].contains("\n" + start);
        },
        () -> latest[0]);
    return latest[0];
  }
}
