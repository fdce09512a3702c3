/** Own native sockets: the only package with native code behind it. */
package io.trunkline.transport.jni;
