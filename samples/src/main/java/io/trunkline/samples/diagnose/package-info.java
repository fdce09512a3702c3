/**
 * Diagnose: resolves an endpoint, shakes hands with each of its addresses several times, and tells
 * what it saw. The way through it: {@link io.trunkline.samples.diagnose.DiagnoseCommand}, {@code
 * Diagnosis}, {@code AddressExamination}, and {@code TextReport} for people.
 */
package io.trunkline.samples.diagnose;
