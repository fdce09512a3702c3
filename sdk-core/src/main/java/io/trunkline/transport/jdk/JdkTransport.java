package io.trunkline.transport.jdk;

import io.trunkline.net.TransportInfo;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.RecentTime;
import io.trunkline.time.Ticker;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;

/** The sockets of the JDK, where the native library cannot be used or is not wanted. */
public final class JdkTransport implements Transport {
  private final TransportInfo info;
  private final Housekeeper housekeeper;
  private final RecentTime recent;

  /**
   * Makes a transport that needs no library.
   *
   * @param reason why this transport was chosen
   * @param housekeeper keeps the write limits, which the JDK's socket does not have, and the time
   */
  public JdkTransport(String reason, Housekeeper housekeeper) {
    this.info = new TransportInfo(TransportInfo.JDK, reason);
    this.housekeeper = housekeeper;
    this.recent = new RecentTime(Ticker.SYSTEM, housekeeper);
  }

  @Override
  public TransportInfo info() {
    return info;
  }

  @Override
  public TransportSocket open() throws IOException {
    return new JdkSocket(housekeeper, recent);
  }

  @Override
  public void close() {}
}
