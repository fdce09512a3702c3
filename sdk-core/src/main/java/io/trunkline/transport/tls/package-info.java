/** TLS over the sockets of a transport. */
package io.trunkline.transport.tls;
