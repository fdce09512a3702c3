/** A Spring Boot application on the starter, which shows what Trunkline does while things break. */
package io.trunkline.samples.live;
