/** What a failure is, how far it came, and what a retry could do about it. */
package io.trunkline.failure;
