package io.trunkline.transport.jni;

import io.trunkline.net.TransportInfo;
import io.trunkline.transport.Transport;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Own native sockets on Linux. */
public final class JniTransport implements Transport {
  private final EventLoop loop = new EventLoop();
  private final TransportInfo info;

  private JniTransport(String reason) {
    info = new TransportInfo(TransportInfo.JNI, reason);
  }

  /**
   * Loads the library, if that has not been done yet.
   *
   * @param explicitLibrary the file to load and no other, or empty for the usual search
   * @throws NativeUnavailableException if it cannot be loaded; the message says why and what to do
   */
  public static JniTransport create(Optional<Path> explicitLibrary)
      throws NativeUnavailableException {
    return new JniTransport("native library from " + NativeLibrary.load(explicitLibrary));
  }

  @Override
  public TransportInfo info() {
    return info;
  }

  @Override
  public TransportSocket open() throws IOException {
    return new JniSocket(loop);
  }

  @Override
  public boolean canRace() {
    return true;
  }

  @Override
  public void awaitAny(List<TransportSocket> connecting, long limitNanos) throws IOException {
    new RaceWait(connecting).await(limitNanos);
  }

  @Override
  public void close() {
    loop.close();
  }
}
