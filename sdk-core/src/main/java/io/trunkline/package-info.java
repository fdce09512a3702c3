/** Pooled TCP connections. Begin with {@link io.trunkline.ConnectionManager#builder}. */
package io.trunkline;
