/** Meters in the registry of the application. */
package io.trunkline.spring.metrics;
