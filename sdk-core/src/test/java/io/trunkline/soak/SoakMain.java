package io.trunkline.soak;

import io.trunkline.config.TransportMode;
import io.trunkline.testing.Await;
import io.trunkline.testing.Descriptors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Callers behind faults, in a JVM of their own whose memory, descriptors and threads are looked at
 * before and after. Arguments: milliseconds, seed, and the ports of plain and TLS servers, the
 * first of each without faults.
 */
final class SoakMain {
  private static final Duration WARM_UP = Duration.ofMillis(2_500);
  private static final long MILLION = 1_000_000;

  /** What collections and malloc keep or give back as they please. */
  private static final long HEAP_SLACK = 3 * MILLION;

  private static final long RESIDENT_SLACK = 24 * MILLION;
  private static final double LATE_MILLIS = 50;

  /** Far fewer than any run has. */
  private static final long LEAST_AT_LIMIT = 100;

  /** A quantile with fewer above it is chance. */
  private static final long LEAST_ABOVE = 10;

  private SoakMain() {}

  public static void main(String[] arguments) throws Exception {
    Duration time = Duration.ofMillis(Long.parseLong(arguments[0]));
    long seed = Long.parseLong(arguments[1]);
    List<Integer> plain = ports(arguments[2]);
    List<Integer> tls = ports(arguments[3]);
    run(WARM_UP, seed + 1, forms(plain, tls));
    Left before = Left.now();
    List<SoakForm> forms = forms(plain, tls);
    try (Waits.Control control = new Waits.Control()) {
      run(time.dividedBy(forms.size()), seed, forms);
      control.close();
      lookAtWaits(forms, control.waits);
    }
    lookAtWhatIsLeft(before);
    long exchanges = forms.stream().mapToLong(each -> each.tally().exchanges()).sum();
    long failed = forms.stream().mapToLong(each -> each.tally().failed()).sum();
    System.out.println("soak ended: " + exchanges + " exchanges, " + failed + " failures");
    System.exit(0);
  }

  private static List<Integer> ports(String list) {
    return Arrays.stream(list.split(",")).map(Integer::valueOf).toList();
  }

  private static List<SoakForm> forms(List<Integer> plain, List<Integer> tls) {
    List<SoakForm> forms = new ArrayList<>();
    for (TransportMode transport : List.of(TransportMode.NATIVE, TransportMode.JDK)) {
      forms.add(new SoakForm(transport, false, plain.get(0), plain.subList(1, plain.size())));
      forms.add(new SoakForm(transport, true, tls.get(0), tls.subList(1, tls.size())));
    }
    return forms;
  }

  private static void run(Duration each, long seed, List<SoakForm> forms) throws Exception {
    for (SoakForm form : forms) {
      form.run(each, seed + forms.indexOf(form));
      System.out.println(form + said(form.waits()));
    }
  }

  private static String said(Waits waits) {
    return (", %d waits, %d to their limit, late at 99 %%: %.1f ms, at 99.9 %%: %.1f ms,"
            + " at 99.99 %%: %.1f ms, at worst: %.1f ms")
        .formatted(
            waits.early() + waits.count(),
            waits.count(),
            waits.lateMillis(100),
            waits.lateMillis(1_000),
            waits.lateMillis(10_000),
            waits.worstMillis());
  }

  private static void lookAtWaits(List<SoakForm> forms, Waits control) {
    Waits all = new Waits();
    forms.forEach(each -> all.addAll(each.waits()));
    System.out.println("all" + said(all) + "; control sleeper" + said(control));
    if (all.count() < LEAST_AT_LIMIT) {
      throw new IllegalStateException("too few waits reached their limit to say anything");
    }
    int allButOneIn = 10_000;
    while (all.count() < LEAST_ABOVE * allButOneIn && allButOneIn > 100) {
      allButOneIn /= 10;
    }
    System.out.println("looked at is all but one in " + allButOneIn);
    if (all.lateMillis(allButOneIn) - control.lateMillis(allButOneIn) > LATE_MILLIS) {
      throw new IllegalStateException("callers waited past their deadlines");
    }
  }

  private static void lookAtWhatIsLeft(Left before) throws Exception {
    Await.until(
        "descriptors are back",
        Duration.ofSeconds(20),
        () -> Descriptors.open() <= before.descriptors());
    Left after = Left.now();
    System.out.println("before " + before);
    System.out.println("after  " + after);
    if (after.threads() > before.threads()
        || after.watched() > before.watched()
        || after.directBytes() > before.directBytes()
        || after.heapBytes() > before.heapBytes() + HEAP_SLACK
        || after.residentBytes() > before.residentBytes() + RESIDENT_SLACK) {
      throw new IllegalStateException("more is left than there was");
    }
  }
}
