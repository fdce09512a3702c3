package io.trunkline.transport;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.failure.ConnectionFailure;
import io.trunkline.testing.Background;
import io.trunkline.testing.EchoServer;
import io.trunkline.transport.jni.JniTransport;
import io.trunkline.transport.jni.NativeUnavailableException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** What {@link NativeLibraryTest} runs in JVMs of its own: one of them loads a library once. */
final class LoaderProbe {
  private LoaderProbe() {}

  public static void main(String[] arguments) throws Exception {
    Optional<Path> path =
        arguments.length > 1 ? Optional.of(Path.of(arguments[1])) : Optional.empty();
    switch (arguments[0]) {
      case "create" -> create(path);
      case "echo" -> echoSession();
      case "managers" -> managers(TransportMode.AUTO, path);
      case "native" -> managers(TransportMode.NATIVE, path);
      case "jdk" -> managers(TransportMode.JDK, path);
      case "loaders" -> loaders(path);
      case "permissions" -> permissions();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void create(Optional<Path> path) throws Exception {
    try (Transport transport = JniTransport.create(path)) {
      echoThrough(transport);
      System.out.println("runs on: " + transport.info().reason());
    } catch (NativeUnavailableException unavailable) {
      System.out.println("unavailable: " + unavailable.getMessage());
    }
    try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      System.out.println(
          "left: " + left.filter(file -> file.toString().contains("trunkline-")).count());
    }
  }

  private static void echoThrough(Transport transport) throws IOException {
    try (EchoServer server = new EchoServer();
        TransportSocket socket = transport.open()) {
      socket.connect(server.address(), 5_000);
      LifecycleContract.assertEchoes(socket);
    }
  }

  /** Every native method at least once, with whatever can be wrong in using JNI. */
  private static void echoSession() throws Exception {
    try (Transport transport = JniTransport.create(Optional.empty());
        EchoServer server = new EchoServer()) {
      for (int i = 0; i < 20; i++) {
        echoThrough(transport);
      }
      TransportSocket socket = transport.open();
      socket.bind(new InetSocketAddress("127.0.0.1", 0));
      socket.setKeepAlive(true);
      socket.connect(server.address(), 5_000);
      socket.onPeerClosed(() -> {});
      socket.setSoTimeout(200);
      socket.setWriteTimeout(200);
      for (int length : new int[] {1, 8_192, 8_193, 100_000}) {
        socket.getOutputStream().write(new byte[length]);
        socket.getInputStream().readNBytes(length);
        socket.write(ByteBuffer.allocateDirect(length));
        for (int got = 0; got < length; ) {
          got += socket.read(ByteBuffer.allocateDirect(length));
        }
      }
      for (ReadableOption option : ReadableOption.all(socket)) {
        option.read();
      }
      Throwable limit = Background.thrownBy(() -> socket.getInputStream().read(new byte[9_000]));
      System.out.println(((ConnectionFailure) limit).kind() + " " + socket.checkIdle(0));
      System.out.println(socket.tcpInfo().orElseThrow().summary() + " " + socket.getLocalPort());
      socket.sendUrgentData(1);
      socket.shutdownOutput();
      socket.shutdownInput();
      socket.close();
      TransportSocket refused = transport.open();
      Throwable failure =
          Background.thrownBy(() -> refused.connect(new InetSocketAddress("127.0.0.1", 1), 1_000));
      System.out.println(((ConnectionFailure) failure).kind());
    }
    System.out.println("session ended");
  }

  /** Reads an option of a socket, whatever its type. */
  private record ReadableOption(Socket socket, SocketOption<?> option) {
    static List<ReadableOption> all(Socket socket) throws IOException {
      List<ReadableOption> all = new ArrayList<>();
      for (SocketOption<?> option : socket.supportedOptions()) {
        all.add(new ReadableOption(socket, option));
      }
      return all;
    }

    void read() throws IOException {
      System.out.println(option + "=" + socket.getOption(option));
    }
  }

  private static void managers(TransportMode mode, Optional<Path> path) throws Exception {
    for (int i = 0; i < 3; i++) {
      ConnectionManager.Builder builder = ConnectionManager.builder().transport(mode);
      path.ifPresent(builder::nativeLibrary);
      try (ConnectionManager manager = builder.build()) {
        System.out.println("transport: " + manager.transport().name());
      } catch (IllegalStateException refused) {
        System.out.println("start failed: " + refused.getMessage());
      }
    }
  }

  private static URL[] classPath() throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return urls.toArray(URL[]::new);
  }

  /** Keeps both libraries loaded at the same time, and uses them in turns. */
  private static void loaders(Optional<Path> path) throws Exception {
    List<Runnable> uses = new ArrayList<>();
    Set<Class<?>> types = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 2; i++) {
      URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader());
      Class<?> probe = Class.forName(LoaderProbe.class.getName(), true, loader);
      types.add(probe);
      var create = probe.getDeclaredMethod("create", Optional.class);
      create.setAccessible(true);
      uses.add(
          () -> {
            try {
              create.invoke(null, path);
            } catch (ReflectiveOperationException failed) {
              throw new IllegalStateException(failed);
            }
          });
    }
    for (int i = 0; i < 3; i++) {
      uses.forEach(Runnable::run);
    }
    System.out.println("class loaders: " + types.size());
  }

  /** Loads copies until the directory of one was seen while it existed. */
  private static void permissions() throws Exception {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Thread watcher = new Thread(() -> watch(temporary, seen), "watcher");
    watcher.setDaemon(true);
    watcher.start();
    for (int i = 0; i < 200 && seen.isEmpty(); i++) {
      try (URLClassLoader loader =
          new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
        Class<?> type = Class.forName(JniTransport.class.getName(), true, loader);
        ((AutoCloseable) type.getMethod("create", Optional.class).invoke(null, Optional.empty()))
            .close();
      }
    }
    System.out.println("seen: " + seen);
  }

  private static void watch(Path temporary, Set<String> seen) {
    while (seen.isEmpty()) {
      try (Stream<Path> all = Files.list(temporary)) {
        all.filter(path -> path.getFileName().toString().startsWith("trunkline-"))
            .forEach(path -> seen.add(permissionsOf(path)));
      } catch (IOException | UncheckedIOException gone) {
        // Deleted between the two looks.
      }
    }
  }

  private static String permissionsOf(Path path) {
    try {
      return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }
}
