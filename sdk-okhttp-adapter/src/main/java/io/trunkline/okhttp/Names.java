package io.trunkline.okhttp;

import static java.util.Comparator.comparing;

import io.trunkline.ConnectionManager;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** OkHttp's questions for addresses, answered by the manager. */
final class Names {
  private final ConnectionManager manager;
  private final OkHttpSettings settings;
  private final ReadySockets ready;
  private final OtherPorts ports;

  /**
   * @param settings whose acquire timeout is that of a lookup; one that takes longer goes on in the
   *     background, for who comes next
   */
  Names(ConnectionManager manager, OkHttpSettings settings, ReadySockets ready, OtherPorts ports) {
    this.manager = manager;
    this.settings = settings;
    this.ready = ready;
    this.ports = ports;
  }

  /**
   * @param call whose question it is; null if that is not known
   */
  List<InetAddress> lookup(String host, CallState call) throws UnknownHostException {
    try {
      Endpoint endpoint = Endpoint.tcp(host, call == null ? 443 : call.portOf(host));
      Consumer<Runnable> canceller = call == null ? cancel -> {} : call::looksUp;
      List<InetSocketAddress> known =
          new ArrayList<>(manager.resolve(endpoint, settings.acquireTimeout(endpoint), canceller));
      ports.found(endpoint, known);
      known.sort(comparing(each -> !ready.has(endpoint, each))); // first where one waits
      return addresses(host, known);
    } catch (UnknownHostException unknown) {
      throw unknown;
    } catch (IOException | IllegalArgumentException failed) { // the latter for what is no host
      UnknownHostException unknown = new UnknownHostException(host + ": " + failed.getMessage());
      unknown.initCause(failed);
      throw unknown;
    }
  }

  /**
   * The manager has those last that failed lately. OkHttp keeps that order within each family, but
   * begins with IPv6 (RFC 8305); so where all of IPv6 failed lately and IPv4 did not, IPv6 is left
   * out until it is forgotten that it failed.
   */
  private List<InetAddress> addresses(String host, List<InetSocketAddress> known)
      throws UnknownHostException {
    boolean goodV6 = false;
    boolean goodV4 = false;
    for (InetSocketAddress each : known) {
      boolean good = !manager.hasFailedLately(each);
      goodV6 |= good && each.getAddress() instanceof Inet6Address;
      goodV4 |= good && !(each.getAddress() instanceof Inet6Address);
    }
    boolean withoutV6 = goodV4 && !goodV6;
    List<InetAddress> addresses = new ArrayList<>(known.size());
    for (InetSocketAddress each : known) {
      InetAddress address = each.getAddress();
      if (address instanceof Inet6Address v6) {
        if (!withoutV6) {
          addresses.add(named(host, v6));
        }
      } else {
        addresses.add(InetAddress.getByAddress(host, address.getAddress()));
      }
    }
    return addresses;
  }

  /** With the name, so that nobody asks for it backwards; with the scope where there is one. */
  private static InetAddress named(String host, Inet6Address address) throws UnknownHostException {
    return address.getScopeId() == 0
        ? InetAddress.getByAddress(host, address.getAddress())
        : Inet6Address.getByAddress(host, address.getAddress(), address.getScopeId());
  }
}
