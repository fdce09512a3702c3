/** Immutable settings. A bad value is refused where it is set, by its name. */
package io.trunkline.config;
