/** The JDK's own sockets behind the same seam. */
package io.trunkline.transport.jdk;
