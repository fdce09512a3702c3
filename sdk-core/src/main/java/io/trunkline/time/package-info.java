/** Time and the threads that live by it. Nothing here knows of sockets. */
package io.trunkline.time;
