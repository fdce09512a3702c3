package io.trunkline.connect;

import io.trunkline.config.Balance;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * In which order addresses are tried: the family that the resolver put first (RFC 6724) and the
 * other one in turn (RFC 8305 section 4), balanced within each family, and those that failed lately
 * after all others.
 */
final class AddressOrder {
  private final Balance balance;
  private final FailedLately failedLately;

  AddressOrder(Balance balance, FailedLately failedLately) {
    this.balance = balance;
    this.failedLately = failedLately;
  }

  /**
   * The addresses in order.
   *
   * @param known as the resolver gave them
   * @param turn counts the calls for the endpoint
   * @param load open connections to an address
   */
  List<InetSocketAddress> of(
      List<InetSocketAddress> known, int turn, ToIntFunction<InetSocketAddress> load) {
    if (known.size() == 1) {
      return known;
    }
    Class<?> firstFamily = known.get(0).getAddress().getClass();
    List<InetSocketAddress> first = new ArrayList<>();
    List<InetSocketAddress> other = new ArrayList<>();
    for (InetSocketAddress each : known) {
      (each.getAddress().getClass() == firstFamily ? first : other).add(each);
    }
    balance(first, turn, load);
    balance(other, turn, load);
    return failedLast(interleaved(first, other));
  }

  private void balance(
      List<InetSocketAddress> family, int turn, ToIntFunction<InetSocketAddress> load) {
    if (balance == Balance.NONE || family.size() < 2) {
      return;
    }
    Collections.rotate(family, -Math.floorMod(turn, family.size()));
    if (balance == Balance.LEAST_LOADED) {
      Map<InetSocketAddress, Integer> loads = new HashMap<>();
      family.forEach(each -> loads.put(each, load.applyAsInt(each))); // once: they change meanwhile
      family.sort(Comparator.comparing(loads::get));
    }
  }

  private static List<InetSocketAddress> interleaved(
      List<InetSocketAddress> first, List<InetSocketAddress> other) {
    List<InetSocketAddress> all = new ArrayList<>(first.size() + other.size());
    for (int i = 0; i < Math.max(first.size(), other.size()); i++) {
      if (i < first.size()) {
        all.add(first.get(i));
      }
      if (i < other.size()) {
        all.add(other.get(i));
      }
    }
    return all;
  }

  private List<InetSocketAddress> failedLast(List<InetSocketAddress> all) {
    List<InetSocketAddress> ordered = new ArrayList<>(all.size());
    List<InetSocketAddress> last = new ArrayList<>();
    for (InetSocketAddress each : all) {
      (failedLately.contains(each) ? last : ordered).add(each);
    }
    ordered.addAll(last);
    return Collections.unmodifiableList(ordered);
  }
}
