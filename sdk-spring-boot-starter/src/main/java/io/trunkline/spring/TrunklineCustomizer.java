package io.trunkline.spring;

import io.trunkline.ConnectionManager;

/**
 * A bean of this type changes the {@link ConnectionManager} of the application before it is built,
 * after the properties were applied. Several are called in their order; each goes on with what is
 * there: {@code builder -> builder.pool(p -> p.maxUses(1_000))} keeps all other settings.
 */
@FunctionalInterface
public interface TrunklineCustomizer {
  void customize(ConnectionManager.Builder builder);
}
