package io.trunkline.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random internal IPv4 addresses in every wrapping that leads to them, and random lists of blocks;
 * repeatable.
 */
class AddressPolicyFuzzTest {
  private static final int ADDRESSES = 20_000;
  private static final int LISTS = 100_000;
  private static final Endpoint ANY = Endpoint.tcp("attacker.example", 80);
  private static final int[][] INTERNAL = {
    {10},
    {127},
    {0},
    {169, 254},
    {192, 168},
    {172, 16},
    {172, 31},
    {100, 64},
    {100, 127},
    {198, 18},
    {224},
    {239},
    {255},
    {169, 254, 169, 254},
    {168, 63, 129, 16}
  };

  private final Random random = new Random(31);

  @Test
  void noWrappingOfAnInternalAddressPasses() throws Exception {
    AddressPolicy denyItself = AddressPolicy.deny("0.0.0.0/0");
    for (int i = 0; i < ADDRESSES; i++) {
      byte[] ipv4 = internal();
      for (InetAddress way : waysTo(ipv4)) {
        String as = "address " + i + ", " + way;
        assertThat(refuses(AddressPolicy.denyPrivate(), way)).as(as).isTrue();
        assertThat(refuses(AddressPolicy.publicOnly(), way)).as(as).isTrue();
        assertThat(refuses(denyItself, way)).as(as).isTrue();
      }
    }
  }

  /** The same ways to a public address pass, so it is not the wrapping that is refused above. */
  @Test
  void theWrappingsThemselvesAreNotWhatIsRefused() throws Exception {
    byte[] open = {8, 8, 4, 4};
    AddressPolicy policy = AddressPolicy.deny("10.0.0.0/8");
    for (InetAddress way : waysTo(open)) {
      assertThat(refuses(policy, way)).as(way.toString()).isFalse();
    }
  }

  @Test
  void aBadListIsAnIllegalArgumentExceptionWithTheText() {
    String[] pieces = {
      "0",
      "1",
      "10",
      "127",
      "255",
      "256",
      "00",
      ".",
      ":",
      "::",
      "/",
      "/8",
      "/33",
      "/129",
      "/-1",
      "/+8",
      "/99999999999",
      "%lo",
      " ",
      "fe80",
      "ffff",
      "\n",
      "\u0661",
      "x",
      "::ffff:"
    };
    int good = 0;
    for (int i = 0; i < LISTS; i++) {
      StringBuilder text = new StringBuilder();
      for (int left = random.nextInt(9); left > 0; left--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        AddressPolicy.allow("192.0.2.0/24", text.toString());
        good++;
      } catch (IllegalArgumentException refused) {
        assertThat(refused)
            .isExactlyInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("CIDR must ")
            .hasMessageContaining("\"" + text + "\"");
      }
    }
    assertThat(good).isGreaterThan(100);
  }

  private byte[] internal() {
    byte[] address = new byte[4];
    random.nextBytes(address);
    int[] block = INTERNAL[random.nextInt(INTERNAL.length)];
    for (int i = 0; i < block.length; i++) {
      address[i] = (byte) block[i];
    }
    return address;
  }

  private List<InetAddress> waysTo(byte[] ipv4) throws UnknownHostException {
    byte[] teredo = ipv6(0x20, 0x01);
    for (int i = 0; i < 4; i++) {
      teredo[12 + i] = (byte) ~ipv4[i]; // RFC 4380, 4
    }
    return List.of(
        InetAddress.getByAddress(ipv4),
        InetAddress.getByAddress("harmless.example", ipv4),
        InetAddress.getByName(Long.toString(number(ipv4))),
        unmapped(with(mapped(), 12, ipv4)),
        unmapped(with(ipv6(), 12, ipv4)), // compatible
        unmapped(with(translated(), 12, ipv4)),
        unmapped(with(ipv6(0, 0x64, 0xff, 0x9b), 12, ipv4)), // NAT64
        unmapped(with(ipv6(0x20, 0x02), 2, ipv4)), // 6to4
        unmapped(teredo));
  }

  private static long number(byte[] ipv4) {
    long number = 0;
    for (byte each : ipv4) {
      number = number << 8 | each & 0xff;
    }
    return number;
  }

  private static byte[] mapped() {
    byte[] address = new byte[16];
    address[10] = -1;
    address[11] = -1;
    return address;
  }

  private static byte[] translated() {
    byte[] address = new byte[16];
    address[8] = -1;
    address[9] = -1;
    return address;
  }

  private static byte[] ipv6(int... first) {
    byte[] address = new byte[16];
    for (int i = 0; i < first.length; i++) {
      address[i] = (byte) first[i];
    }
    return address;
  }

  private static byte[] with(byte[] ipv6, int at, byte[] ipv4) {
    System.arraycopy(ipv4, 0, ipv6, at, 4);
    return ipv6;
  }

  /** With a scope, and as the sixteen bytes that they are, also where the JDK would see four. */
  private InetAddress unmapped(byte[] ipv6) throws UnknownHostException {
    return Inet6Address.getByAddress("harmless.example", ipv6, random.nextInt(3) - 1);
  }

  private static boolean refuses(AddressPolicy policy, InetAddress address) {
    return policy.refusal(ANY, new InetSocketAddress(address, 80)).isPresent();
  }
}
