package io.trunkline.config;

/** Which of several addresses of one endpoint is tried first, within its address family. */
public enum Balance {
  /** Each in turn. */
  ROUND_ROBIN,
  /** The one with the fewest open connections of this manager; in turn where they are equal. */
  LEAST_LOADED,
  /** Always in the order that the resolver gave. */
  NONE
}
