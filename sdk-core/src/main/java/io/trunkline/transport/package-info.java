/** The seam between Trunkline and the operating system. */
package io.trunkline.transport;
