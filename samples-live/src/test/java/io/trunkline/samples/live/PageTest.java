package io.trunkline.samples.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page as a visitor has it: in a browser, by its buttons. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageTest {
  private static final String STOCK = "[data-endpoint=stock] ";

  private static final String NEWEST_EVENT = "document.querySelector('#events li')";

  private static LiveFixture live;
  private static Browser browser;

  private long lastEventBefore;

  @BeforeAll
  static void open() throws Exception {
    assumeTrue(Browser.missing().isEmpty(), () -> Browser.missing().orElse(""));
    live = LiveFixture.start();
    browser = Browser.open();
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
    if (live != null) {
      live.close();
    }
  }

  @BeforeEach
  void visit() throws Exception {
    browser.screen(1280, 900, false, "light").visit(live.url());
    awaitText(STOCK + ".breaker", "breaker closed");
    awaitNumber(STOCK + ".n-ok", 1);
    lastEventBefore = (long) browser.script("return Number(" + NEWEST_EVENT + "?.dataset.id ?? 0)");
  }

  @AfterEach
  void comeBack() throws Exception {
    live.behave("WELL");
    live.post(
        "actuator/trunkline", "application/json", "{\"action\":\"PROBE\",\"endpoint\":\"stock\"}");
    awaitText(STOCK + ".breaker", "breaker closed");
    assertThat(browser.complaints()).isEmpty();
  }

  private static void awaitText(String selector, String part) throws Exception {
    LiveFixture.await(
        selector + " says " + part,
        () -> browser.text(selector).contains(part),
        () -> browser.text(selector));
  }

  /** An event of this test, not of the one before. */
  private void awaitEvent(String part) throws Exception {
    LiveFixture.await("an event says " + part, () -> newEvents().contains(part), this::newEvents);
  }

  private String newEvents() {
    return (String)
        browser.script(
            "return [...document.querySelectorAll('#events li')]"
                + ".filter(e => Number(e.dataset.id) > arguments[0])"
                + ".map(e => e.textContent).join('\\n')",
            lastEventBefore);
  }

  private static void awaitNumber(String selector, int least) throws Exception {
    LiveFixture.await(
        selector + " is " + least + " or more",
        () -> number(selector) >= least,
        () -> browser.text(selector));
  }

  private static int number(String selector) {
    String text = browser.text(selector).replace(",", "");
    return text.matches("\\d+") ? Integer.parseInt(text) : -1;
  }

  private static void press(String behaviour) {
    browser.press("[value=" + behaviour + "]");
  }

  @Test
  void refusedDialsOpenTheBreakerAndAProbeClosesItAgain() throws Exception {
    browser.screenshot("desktop-light-well");
    press("REFUSE");
    awaitText(STOCK + ".breaker", "breaker open, probe in");
    awaitText(STOCK + ".last .kind", "REFUSED");
    awaitText(STOCK + ".last .message", "connection refused");
    awaitText(STOCK + ".last .advice", "Advice: ");
    awaitEvent("stock: Breaker open");
    awaitEvent("stock: Probe failed");
    awaitNumber(STOCK + ".n-shed", 1);
    assertThat(number("[data-endpoint=prices] .n-ok")).as("the neighbour").isPositive();
    assertThat(browser.text("[data-endpoint=prices] .breaker")).isEqualTo("breaker closed");
    assertThat(browser.find("[value=REFUSE]").getDomAttribute("aria-pressed")).isEqualTo("true");
    browser.screenshot("desktop-light-refused");

    press("WELL");
    awaitText(STOCK + ".breaker", "breaker closed"); // by a probe, on its own
    awaitEvent("stock: Probe answered");
    awaitEvent("stock: Breaker closed");
    awaitNumber(STOCK + ".n-ok", 1);
  }

  @Test
  void aSilentServiceTimesOutWithUnansweredSyns() throws Exception {
    browser.screen(1280, 900, false, "dark");
    press("SILENT");
    awaitEvent("stock: READ_TIMED_OUT");
    awaitText(STOCK + ".last .kind", "TIMED_OUT");
    awaitText(STOCK + ".breaker", "breaker open");
    if (browser.text("#transport").contains("jni")) {
      assertThat(browser.text(STOCK + ".last .message")).contains("SYNs unanswered");
    }
    browser.screenshot("desktop-dark-silent");

    press("WELL");
    browser.press(STOCK + "[data-action=PROBE]"); // sooner than by itself
    awaitText(STOCK + ".result", "answered in");
    awaitText(STOCK + ".breaker", "breaker closed");
    awaitNumber(STOCK + ".n-ok", 1);
  }

  @Test
  void aSlowServiceFillsThePoolAndCallsWait() throws Exception {
    press("SLOW");
    awaitNumber(STOCK + ".n-waiting", 1);
    assertThat(number(STOCK + ".n-active")).isEqualTo(number(STOCK + ".n-max"));
    awaitEvent("stock: ACQUIRE_TIMED_OUT");
    press("WELL");
    LiveFixture.await(
        "nobody waits", () -> number(STOCK + ".n-waiting") == 0, () -> browser.text(STOCK));
  }

  @Test
  void resetsAreFailuresOfCallsAndNoneOfTheBreaker() throws Exception {
    press("RESET");
    awaitEvent("stock: RESET");
    awaitEvent("Advice: retry on a new connection at once");
    awaitNumber(STOCK + ".n-failed", 1);
    assertThat(browser.text(STOCK + ".breaker")).isEqualTo("breaker closed");
  }

  @Test
  void idleConnectionsThatThePeerClosesAreEvictedAndNoCallFails() throws Exception {
    int evicted = number(STOCK + ".v-evicted");
    long failed = failures();
    LiveFixture.await(
        "the server closes an idle connection",
        () -> {
          if (newEvents().contains("stock: Idle close by peer")) {
            return true;
          }
          press("CLOSE_IDLE"); // at this moment all may be busy, or none open: then once more
          TimeUnit.SECONDS.sleep(1);
          return false;
        },
        this::newEvents);
    awaitNumber(STOCK + ".v-evicted", evicted + 1);
    awaitNumber(STOCK + ".n-ok", 1);
    assertThat(failures()).isEqualTo(failed);
  }

  private static long failures() {
    return (long) browser.script("return document.querySelectorAll('#events .FAILURE').length");
  }

  @Test
  void theActuatorsActionsAreButtons() throws Exception {
    browser.press(STOCK + "[data-action=WARM_UP]");
    awaitText(STOCK + ".result", "open");
    browser.press(STOCK + "[data-action=DRAIN]");
    awaitText(STOCK + ".result", "drained");
    awaitEvent("stock: Drained");
    awaitNumber(STOCK + ".n-ok", 1);
  }

  @Test
  void histogramsAndConnectionsAreShown() throws Exception {
    LiveFixture.await(
        "both histograms have bars",
        () ->
            !browser.all("#handshake rect.ok").isEmpty()
                && !browser.all("#acquire rect.ok").isEmpty(),
        () -> browser.text("#histograms"));
    browser.press(STOCK + "summary");
    LiveFixture.await(
        "connections are listed",
        () -> !browser.all(STOCK + "tbody tr").isEmpty(),
        () -> browser.text(STOCK + "details"));
    if (browser.text("#transport").contains("jni")) {
      awaitText(STOCK + ".v-rtt", "s"); // µs or ms
    }
  }

  @ParameterizedTest
  @CsvSource({"light, 1280", "dark, 1280", "light, 390", "dark, 390", "light, 320"})
  void nothingIsWiderThanTheScreenAndEveryButtonHasAName(String scheme, int width)
      throws Exception {
    boolean phone = width < 600;
    browser.screen(width, 844, phone, scheme).visit(live.url());
    awaitNumber(STOCK + ".n-ok", 1);
    awaitText("#which", "prices");
    browser.screenshot((phone ? "phone-" : "desktop-") + scheme + "-" + width);
    assertThat((long) browser.script("return document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(width);
    assertThat(browser.all("button"))
        .hasSizeGreaterThan(10)
        .allSatisfy(
            button -> {
              assertThat(button.getAccessibleName()).isNotBlank();
              assertThat(button.getSize().height).isGreaterThanOrEqualTo(36);
            });
  }
}
