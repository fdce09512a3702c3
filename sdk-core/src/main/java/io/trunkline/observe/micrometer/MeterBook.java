package io.trunkline.observe.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;

/**
 * Who uses which meter. Endpoints of one host share the meters that carry only its address, so a
 * meter leaves the registry with its last user. Guarded by the lock of {@link TrunklineMetrics}.
 */
final class MeterBook {
  private final MeterRegistry registry;
  private final Map<Meter.Id, Integer> users = new HashMap<>();

  MeterBook(MeterRegistry registry) {
    this.registry = registry;
  }

  MeterRegistry registry() {
    return registry;
  }

  void use(Meter meter) {
    users.merge(meter.getId(), 1, Integer::sum);
  }

  void drop(Meter meter) {
    if (users.merge(meter.getId(), -1, Integer::sum) == 0) {
      users.remove(meter.getId());
      registry.remove(meter);
    }
  }
}
