/** Clients of others over Trunkline's sockets, against real servers. */
package io.trunkline.clients;
