/** Steady calls to the downstream services, and what became of them. */
package io.trunkline.samples.live.load;
