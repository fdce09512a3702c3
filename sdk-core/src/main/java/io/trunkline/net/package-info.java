/**
 * Values that every part may know: endpoints, TCP_INFO, snapshots. All immutable and thread-safe.
 */
package io.trunkline.net;
