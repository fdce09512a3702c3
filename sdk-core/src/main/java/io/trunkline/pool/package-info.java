/** Who gets which connection, who waits, and when connections end. */
package io.trunkline.pool;
