package io.trunkline.spring;

import io.trunkline.net.AddressPolicy;
import java.util.List;
import java.util.function.Function;

/** The address policy that the properties describe. */
final class AddressPolicies {
  private AddressPolicies() {}

  static AddressPolicy of(TrunklineProperties properties) {
    boolean any = properties.addressPolicy() == TrunklineProperties.AddressRule.ANY;
    if (any && !properties.addressAllow().isEmpty()) {
      throw new InvalidPropertyException(
          "trunkline.address-allow",
          String.join(", ", properties.addressAllow()),
          "has no effect: trunkline.address-policy is \"any\", and refuses nothing",
          "Set trunkline.address-policy to \"public-only\" or \"deny-private\", or remove"
              + " trunkline.address-allow.");
    }
    AddressPolicy policy =
        switch (properties.addressPolicy()) {
          case ANY -> AddressPolicy.any();
          case DENY_PRIVATE -> AddressPolicy.denyPrivate();
          case PUBLIC_ONLY -> AddressPolicy.publicOnly();
        };
    if (!properties.addressAllow().isEmpty()) {
      policy = policy.or(cidrs("address-allow", properties.addressAllow(), AddressPolicy::allow));
    }
    if (!properties.addressDeny().isEmpty()) {
      policy = policy.and(cidrs("address-deny", properties.addressDeny(), AddressPolicy::deny));
    }
    return policy;
  }

  private static AddressPolicy cidrs(
      String name, List<String> blocks, Function<String[], AddressPolicy> made) {
    try {
      return made.apply(blocks.toArray(String[]::new));
    } catch (IllegalArgumentException notABlock) {
      throw new InvalidPropertyException(
          "trunkline." + name,
          String.join(", ", blocks),
          "has what is not a block of addresses: " + notABlock.getMessage(),
          "Use blocks like 10.0.0.0/8 or 2001:db8::/32, or single addresses.",
          notABlock);
    }
  }
}
