package io.trunkline.connect;

import io.trunkline.config.ConnectSettings;
import io.trunkline.config.SocketSettings;
import io.trunkline.transport.TransportOptions;
import io.trunkline.transport.TransportSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Gives a new socket the options of the settings, those that the transport knows. */
final class SocketSetup {
  private record Setting<T>(SocketOption<T> option, T value) {
    void applyTo(TransportSocket socket) throws IOException {
      socket.setOption(option, value);
    }
  }

  private final List<Setting<?>> settings = new ArrayList<>();
  private final InetSocketAddress local;
  private final int userTimeoutMillis;
  private final int readTimeoutMillis;
  private final int writeTimeoutMillis;

  SocketSetup(SocketSettings socket, ConnectSettings connect, Set<SocketOption<?>> supported) {
    // What is the kernel's default needs no system call.
    if (socket.tcpNoDelay()) {
      add(supported, StandardSocketOptions.TCP_NODELAY, true);
    }
    if (socket.keepAlive()) {
      add(supported, StandardSocketOptions.SO_KEEPALIVE, true);
      add(supported, ExtendedSocketOptions.TCP_KEEPIDLE, seconds(socket.keepAliveIdle()));
      add(supported, ExtendedSocketOptions.TCP_KEEPINTERVAL, seconds(socket.keepAliveInterval()));
      add(supported, ExtendedSocketOptions.TCP_KEEPCOUNT, socket.keepAliveCount());
    }
    addUnlessZero(supported, TransportOptions.TCP_SYNCNT, connect.synRetries());
    addUnlessZero(supported, StandardSocketOptions.SO_RCVBUF, socket.receiveBufferBytes());
    addUnlessZero(supported, StandardSocketOptions.SO_SNDBUF, socket.sendBufferBytes());
    addUnlessZero(supported, StandardSocketOptions.IP_TOS, socket.trafficClass());
    userTimeoutMillis =
        supported.contains(TransportOptions.TCP_USER_TIMEOUT) ? millis(socket.userTimeout()) : 0;
    local = connect.localAddress().map(ip -> new InetSocketAddress(ip, 0)).orElse(null);
    readTimeoutMillis = millis(socket.readTimeout());
    writeTimeoutMillis = millis(socket.writeTimeout());
  }

  private <T> void add(Set<SocketOption<?>> supported, SocketOption<T> option, T value) {
    if (supported.contains(option)) {
      settings.add(new Setting<>(option, value));
    }
  }

  private void addUnlessZero(
      Set<SocketOption<?>> supported, SocketOption<Integer> option, int value) {
    if (value != 0) {
      add(supported, option, value);
    }
  }

  /** Rounded up, so that a short time does not become none. */
  private static int millis(Duration time) {
    return Math.toIntExact((time.toNanos() + 999_999) / 1_000_000);
  }

  private static int seconds(Duration time) {
    return Math.toIntExact((time.toMillis() + 999) / 1_000);
  }

  void applyTo(TransportSocket socket) throws IOException {
    for (Setting<?> setting : settings) {
      setting.applyTo(socket);
    }
    socket.setSoTimeout(readTimeoutMillis);
    socket.setWriteTimeout(writeTimeoutMillis);
  }

  /** Binds to the local address of the settings, unless somebody has chosen another. */
  void bindUnlessBound(TransportSocket socket) throws IOException {
    if (local != null && !socket.isBound()) {
      socket.bind(local);
    }
  }

  /**
   * Gives a connected socket what would change its handshake: while it lasts, TCP_USER_TIMEOUT
   * takes the place of TCP_SYNCNT, and a short one would cut the connect timeout.
   */
  void applyConnected(TransportSocket socket) throws IOException {
    if (userTimeoutMillis != 0) {
      socket.setOption(TransportOptions.TCP_USER_TIMEOUT, userTimeoutMillis);
    }
  }
}
