/** Helpers that several tests share. */
package io.trunkline.testing;
