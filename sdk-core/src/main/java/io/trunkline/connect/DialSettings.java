package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.time.Deadline;
import io.trunkline.transport.tls.TlsLayer;

/**
 * How an endpoint is dialled.
 *
 * @param setup gives sockets their options
 * @param timeoutNanos the limit of a dial, without that of TLS
 */
record DialSettings(SocketSetup setup, TlsLayer tls, long timeoutNanos, long attemptDelayNanos) {
  static DialSettings of(SocketSetup setup, TlsLayer tls, ConnectSettings connect) {
    return new DialSettings(
        setup,
        tls,
        Deadline.saturatedNanos(connect.timeout()),
        Deadline.saturatedNanos(connect.attemptDelay()));
  }

  long tlsTimeoutNanos() {
    return Deadline.saturatedNanos(tls.timeout());
  }
}
