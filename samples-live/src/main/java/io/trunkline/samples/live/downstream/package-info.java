/** The service that is called: an HTTP server over plain sockets that misbehaves when told to. */
package io.trunkline.samples.live.downstream;
