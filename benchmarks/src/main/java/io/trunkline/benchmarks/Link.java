package io.trunkline.benchmarks;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.net.Endpoint;
import io.trunkline.transport.TransportSocket;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A client's end of one connection to the echo server. A JVM loads one kind only, so the compiler
 * sees through this interface.
 */
interface Link extends Closeable {
  int READ_TIMEOUT_MILLIS = 10_000;

  /** Sends a message and reads the whole answer. */
  void exchange() throws IOException;

  /** So many times, one after the other. */
  default void exchange(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      exchange();
    }
  }

  /** Native sockets with the default settings but this read timeout. */
  static ConnectionManager nativeManager() {
    return ConnectionManager.builder()
        .transport(TransportMode.NATIVE)
        .socket(s -> s.readTimeout(Duration.ofMillis(READ_TIMEOUT_MILLIS)))
        .build();
  }

  /**
   * Connects and greets.
   *
   * @param manager dials the native sockets
   */
  static Link open(String client, ConnectionManager manager, char mode, int messageBytes)
      throws IOException {
    return switch (client) {
      case "jni-streams" -> new Streams(dial(manager), mode, messageBytes);
      case "jni-direct" -> new Direct(dial(manager), mode, messageBytes);
      case "socket-timeout" -> new Streams(socket(READ_TIMEOUT_MILLIS), mode, messageBytes);
      case "socket" -> new Streams(socket(0), mode, messageBytes);
      case "channel" -> new JdkChannel(mode, messageBytes);
      case "netty-epoll" -> new NettyLink(mode, messageBytes);
      default -> throw new IllegalArgumentException("no such client: " + client);
    };
  }

  private static TransportSocket dial(ConnectionManager manager) throws IOException {
    return manager.dial(Endpoint.tcp(Server.host(), Server.port()));
  }

  private static Socket socket(int readTimeoutMillis) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(readTimeoutMillis);
    socket.connect(Server.address(), READ_TIMEOUT_MILLIS);
    return socket;
  }

  /** Any socket, through its streams and byte arrays. */
  final class Streams implements Link {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] message;

    Streams(Socket socket, char mode, int messageBytes) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
      this.out = socket.getOutputStream();
      this.message = new byte[messageBytes];
      Server.greet(in, out, mode, messageBytes);
    }

    @Override
    public void exchange() throws IOException {
      out.write(message, 0, message.length);
      for (int filled = 0; filled < message.length; ) {
        int count = in.read(message, filled, message.length - filled);
        if (count < 0) {
          throw new EOFException();
        }
        filled += count;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** A native socket, through a direct buffer. */
  final class Direct implements Link {
    private final TransportSocket socket;
    private final ByteBuffer message;

    Direct(TransportSocket socket, char mode, int messageBytes) throws IOException {
      this.socket = socket;
      this.message = ByteBuffer.allocateDirect(messageBytes);
      Server.greet(socket.getInputStream(), socket.getOutputStream(), mode, messageBytes);
    }

    @Override
    public void exchange() throws IOException {
      message.clear();
      socket.write(message);
      message.clear();
      while (message.hasRemaining()) {
        if (socket.read(message) < 0) {
          throw new EOFException();
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** A blocking channel of the JDK, through a direct buffer. */
  final class JdkChannel implements Link {
    private final SocketChannel channel;
    private final ByteBuffer message;

    JdkChannel(char mode, int messageBytes) throws IOException {
      this.channel = SocketChannel.open(Server.address());
      this.message = ByteBuffer.allocateDirect(messageBytes);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.write(ByteBuffer.wrap(Server.greeting(mode, messageBytes)));
      ByteBuffer answer = ByteBuffer.allocate(1);
      channel.read(answer);
      Server.requireGranted(answer.get(0));
    }

    @Override
    public void exchange() throws IOException {
      message.clear();
      while (message.hasRemaining()) {
        channel.write(message);
      }
      message.clear();
      while (message.hasRemaining()) {
        if (channel.read(message) < 0) {
          throw new EOFException();
        }
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
