/** The meters of Micrometer. The only package that needs micrometer-core. */
package io.trunkline.observe.micrometer;
