package io.trunkline.samples.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTextTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, 192.0.2.7:80",
    "::1, [::1]:80",
    "::, [::]:80",
    "2001:db8::1, [2001:db8::1]:80",
    "2001:db8::, [2001:db8::]:80",
    "2001:db8:0:1:1:1:1:1, [2001:db8:0:1:1:1:1:1]:80",
    "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
    "2001:0:0:1:0:0:0:1, [2001:0:0:1::1]:80",
    "2001:db8:10:0:0:10:0:1, [2001:db8:10::10:0:1]:80",
  })
  void writesAnAddressAsPeopleDo(String ip, String expected) throws Exception {
    assertThat(AddressText.of(new InetSocketAddress(InetAddress.getByName(ip), 80)))
        .isEqualTo(expected);
  }
}
