package io.trunkline.spring.actuator;

import io.trunkline.ConnectionManager;
import io.trunkline.spring.TrunklineVersion;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** Version, and which transport runs, and why. */
final class TrunklineInfoContributor implements InfoContributor {
  private final ConnectionManager manager;

  TrunklineInfoContributor(ConnectionManager manager) {
    this.manager = manager;
  }

  @Override
  public void contribute(Info.Builder builder) {
    Map<String, Object> detail = new LinkedHashMap<>();
    detail.put("version", TrunklineVersion.VERSION);
    detail.put("transport", SnapshotView.of(manager.transport()));
    builder.withDetail("trunkline", detail);
  }
}
