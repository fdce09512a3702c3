package io.trunkline.config;

import java.time.Duration;

/**
 * The options that every connection starts with, and gets back at release. Immutable and
 * thread-safe.
 */
public final class SocketSettings {
  private final Duration readTimeout;
  private final Duration writeTimeout;
  private final boolean tcpNoDelay;
  private final boolean keepAlive;
  private final Duration keepAliveIdle;
  private final Duration keepAliveInterval;
  private final int keepAliveCount;
  private final Duration userTimeout;
  private final int receiveBufferBytes;
  private final int sendBufferBytes;
  private final int trafficClass;

  private SocketSettings(Builder from) {
    this.readTimeout = from.readTimeout;
    this.writeTimeout = from.writeTimeout;
    this.tcpNoDelay = from.tcpNoDelay;
    this.keepAlive = from.keepAlive;
    this.keepAliveIdle = from.keepAliveIdle;
    this.keepAliveInterval = from.keepAliveInterval;
    this.keepAliveCount = from.keepAliveCount;
    this.userTimeout = from.userTimeout;
    this.receiveBufferBytes = from.receiveBufferBytes;
    this.sendBufferBytes = from.sendBufferBytes;
    this.trafficClass = from.trafficClass;
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** A builder that holds these settings. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * The limit of each read, as {@link java.net.Socket#setSoTimeout}; zero waits forever. Default 30
   * s.
   */
  public Duration readTimeout() {
    return readTimeout;
  }

  /** The limit for the kernel to take each 128 KiB of a write; zero waits forever. Default 30 s. */
  public Duration writeTimeout() {
    return writeTimeout;
  }

  /** TCP_NODELAY: send small segments at once. Default true. */
  public boolean tcpNoDelay() {
    return tcpNoDelay;
  }

  /** SO_KEEPALIVE: probe a silent peer. Default true. */
  public boolean keepAlive() {
    return keepAlive;
  }

  /** TCP_KEEPIDLE: silence before the first probe, in whole seconds, rounded up. Default 30 s. */
  public Duration keepAliveIdle() {
    return keepAliveIdle;
  }

  /** TCP_KEEPINTVL: time between probes, in whole seconds, rounded up. Default 10 s. */
  public Duration keepAliveInterval() {
    return keepAliveInterval;
  }

  /** TCP_KEEPCNT: unanswered probes until the connection is dead. Default 3. */
  public int keepAliveCount() {
    return keepAliveCount;
  }

  /**
   * TCP_USER_TIMEOUT (RFC 5482): how long sent data may stay unacknowledged; zero leaves it to
   * tcp_retries2, about 15 minutes. Default 30 s.
   */
  public Duration userTimeout() {
    return userTimeout;
  }

  /** SO_RCVBUF in bytes; 0 leaves it to the kernel, which then tunes it. Default 0. */
  public int receiveBufferBytes() {
    return receiveBufferBytes;
  }

  /** SO_SNDBUF in bytes; 0 leaves it to the kernel, which then tunes it. Default 0. */
  public int sendBufferBytes() {
    return sendBufferBytes;
  }

  /** The TOS or traffic class octet of each packet (RFC 2474). Default 0. */
  public int trafficClass() {
    return trafficClass;
  }

  /** Builds settings; each method refuses a bad value at once. Not thread-safe. */
  public static final class Builder {
    private Duration readTimeout = Duration.ofSeconds(30);
    private Duration writeTimeout = Duration.ofSeconds(30);
    private boolean tcpNoDelay = true;
    private boolean keepAlive = true;
    private Duration keepAliveIdle = Duration.ofSeconds(30);
    private Duration keepAliveInterval = Duration.ofSeconds(10);
    private int keepAliveCount = 3;
    private Duration userTimeout = Duration.ofSeconds(30);
    private int receiveBufferBytes = 0;
    private int sendBufferBytes = 0;
    private int trafficClass = 0;

    private Builder() {}

    private Builder(SocketSettings from) {
      readTimeout = from.readTimeout;
      writeTimeout = from.writeTimeout;
      tcpNoDelay = from.tcpNoDelay;
      keepAlive = from.keepAlive;
      keepAliveIdle = from.keepAliveIdle;
      keepAliveInterval = from.keepAliveInterval;
      keepAliveCount = from.keepAliveCount;
      userTimeout = from.userTimeout;
      receiveBufferBytes = from.receiveBufferBytes;
      sendBufferBytes = from.sendBufferBytes;
      trafficClass = from.trafficClass;
    }

    /**
     * The limit of each read, as {@link java.net.Socket#setSoTimeout}; zero waits forever. Default
     * 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.read-timeout}
     */
    public Builder readTimeout(Duration value) {
      readTimeout = Check.notNegative("socket.read-timeout", value);
      return this;
    }

    /**
     * The limit for the kernel to take each 128 KiB of a write; zero waits forever. Default 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.write-timeout}
     */
    public Builder writeTimeout(Duration value) {
      writeTimeout = Check.notNegative("socket.write-timeout", value);
      return this;
    }

    /** TCP_NODELAY: send small segments at once. Default true. */
    public Builder tcpNoDelay(boolean value) {
      tcpNoDelay = value;
      return this;
    }

    /** SO_KEEPALIVE: probe a silent peer. Default true. */
    public Builder keepAlive(boolean value) {
      keepAlive = value;
      return this;
    }

    /**
     * TCP_KEEPIDLE: silence before the first probe, in whole seconds, rounded up. Default 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.keep-alive-idle}
     */
    public Builder keepAliveIdle(Duration value) {
      keepAliveIdle = Check.keepAliveSeconds("socket.keep-alive-idle", value);
      return this;
    }

    /**
     * TCP_KEEPINTVL: time between probes, in whole seconds, rounded up. Default 10 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.keep-alive-interval}
     */
    public Builder keepAliveInterval(Duration value) {
      keepAliveInterval = Check.keepAliveSeconds("socket.keep-alive-interval", value);
      return this;
    }

    /**
     * TCP_KEEPCNT: unanswered probes until the connection is dead. Default 3.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.keep-alive-count}
     */
    public Builder keepAliveCount(int value) {
      keepAliveCount = Check.within("socket.keep-alive-count", 1, 127, value);
      return this;
    }

    /**
     * TCP_USER_TIMEOUT (RFC 5482): how long sent data may stay unacknowledged; zero leaves it to
     * tcp_retries2, about 15 minutes. Default 30 s.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.user-timeout}
     */
    public Builder userTimeout(Duration value) {
      userTimeout = Check.notNegative("socket.user-timeout", value);
      return this;
    }

    /**
     * SO_RCVBUF in bytes; 0 leaves it to the kernel, which then tunes it. Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.receive-buffer-bytes}
     */
    public Builder receiveBufferBytes(int value) {
      receiveBufferBytes = Check.atLeast("socket.receive-buffer-bytes", 0, value);
      return this;
    }

    /**
     * SO_SNDBUF in bytes; 0 leaves it to the kernel, which then tunes it. Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.send-buffer-bytes}
     */
    public Builder sendBufferBytes(int value) {
      sendBufferBytes = Check.atLeast("socket.send-buffer-bytes", 0, value);
      return this;
    }

    /**
     * The TOS or traffic class octet of each packet (RFC 2474). Default 0.
     *
     * @throws IllegalArgumentException if the value is out of range; the message names {@code
     *     socket.traffic-class}
     */
    public Builder trafficClass(int value) {
      trafficClass = Check.within("socket.traffic-class", 0, 255, value);
      return this;
    }

    public SocketSettings build() {
      return new SocketSettings(this);
    }
  }
}
