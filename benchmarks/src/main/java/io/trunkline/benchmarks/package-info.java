/**
 * JMH benchmarks of Trunkline beside its peers, and {@link io.trunkline.benchmarks.Compare}, which
 * runs them in turns and sets them in relation.
 */
package io.trunkline.benchmarks;
