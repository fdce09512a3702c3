package io.trunkline.samples.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FindingsTest {
  private static Report.Address address(String name, double connectMillis, String until) {
    return new Report.Address(
        name,
        "IPv4",
        true,
        new Report.Waterfall(List.of()),
        Report.Spread.of(List.of(connectMillis)),
        null,
        null,
        5,
        0,
        null,
        2L,
        null,
        new Report.Certificate("CN=a", List.of("a"), "CN=b", false, "2026", until, 300, 1),
        null,
        null,
        null,
        null);
  }

  @Test
  void anAddressThatIsMuchSlowerIsNamed() {
    assertThat(Findings.differences(List.of(address("a", 80, "2030"), address("b", 10, "2030"))))
        .containsExactly("a connects in 80 ms, b in 10 ms");
  }

  @Test
  void aSmallOrShortDifferenceIsNone() {
    assertThat(Findings.differences(List.of(address("a", 20, "2030"), address("b", 10, "2030"))))
        .isEmpty();
    assertThat(Findings.differences(List.of(address("a", 0.9, "2030"), address("b", 0.1, "2030"))))
        .isEmpty();
  }

  @Test
  void anAddressWithAnotherCertificateIsNamed() {
    assertThat(Findings.differences(List.of(address("a", 10, "2030"), address("b", 10, "2031"))))
        .containsExactly("certificates differ: a has CN=a until 2030; b has CN=a until 2031");
  }

  @Test
  void aRepeatedSynIsAWarning() {
    assertThat(Findings.warnings(List.of(address("a", 10, "2030"))))
        .containsExactly(
            "a: 2 SYNs had to be repeated: packets get lost, or the accept queue is full at times");
  }

  @Test
  void aSpreadTellsMedianAndJitter() {
    Report.Spread spread = Report.Spread.of(List.of(1.0, 5.0, 2.0, 4.0));

    assertThat(spread.count()).isEqualTo(4);
    assertThat(spread.minMillis()).isEqualTo(1);
    assertThat(spread.medianMillis()).isEqualTo(3);
    assertThat(spread.maxMillis()).isEqualTo(5);
    assertThat(spread.jitterMillis()).isEqualTo(3);
  }
}
