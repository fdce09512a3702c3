/**
 * What all programs here have in common: progress, layout, arguments, and how a failure is told.
 */
package io.trunkline.samples.cli;
