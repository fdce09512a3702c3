/** From an endpoint to a connected socket. */
package io.trunkline.connect;
