/** Programs that show Trunkline at work. */
package io.trunkline.samples;
