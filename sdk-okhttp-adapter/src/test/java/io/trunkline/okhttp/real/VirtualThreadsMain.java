package io.trunkline.okhttp.real;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.okhttp.TrunklineOkHttp;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Calls on virtual threads that have one carrier between them. The server answers nobody until all
 * have asked: who held the carrier while he waits would keep the others from asking.
 */
final class VirtualThreadsMain {
  private static final Duration PINNED_FOR_LONG = Duration.ofMillis(20);
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII);

  private VirtualThreadsMain() {}

  public static void main(String[] arguments) throws Exception {
    int calls = Integer.parseInt(arguments[0]);
    int cap = Integer.parseInt(arguments[1]);
    Path file = Files.createTempFile("virtual-threads-", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.VirtualThreadPinned").withThreshold(PINNED_FOR_LONG);
      recording.start();
      int answered = run(calls, cap);
      recording.stop();
      recording.dump(file);
      List<RecordedEvent> pinned =
          RecordingFile.readAllEvents(file).stream()
              .filter(each -> each.getEventType().getName().equals("jdk.VirtualThreadPinned"))
              .toList();
      pinned.forEach(System.out::println);
      System.out.println("answered " + answered + ", pinned " + pinned.size());
    } finally {
      Files.delete(file);
    }
    System.exit(0); // OkHttp's threads linger for a minute
  }

  private static int run(int calls, int cap) throws Exception {
    CountDownLatch asked = new CountDownLatch(Math.min(calls, cap));
    AtomicInteger answered = new AtomicInteger();
    try (ServerSocket listener = new ServerSocket(0, 2_000, InetAddress.getLoopbackAddress());
        ConnectionManager manager =
            ConnectionManager.builder().transport(TransportMode.NATIVE).build()) {
      daemon(() -> accept(listener, asked));
      OkHttpClient client =
          TrunklineOkHttp.builder(manager)
              .maxConnectionsPerEndpoint(cap)
              .maxConnections(cap)
              .maxPending(calls)
              .acquireTimeout(Duration.ofSeconds(30))
              .build()
              .install(
                  new OkHttpClient.Builder()
                      .connectTimeout(Duration.ofSeconds(30))
                      .readTimeout(Duration.ofSeconds(30))
                      .connectionPool(
                          new ConnectionPool(cap, 1, java.util.concurrent.TimeUnit.MINUTES)))
              .build();
      Request request =
          new Request.Builder().url("http://127.0.0.1:" + listener.getLocalPort() + "/").build();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        threads.add(virtual(() -> call(client, request, answered)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return answered.get();
    }
  }

  private static void call(OkHttpClient client, Request request, AtomicInteger answered) {
    try (Response response = client.newCall(request).execute()) {
      if (response.body().string().equals("hello")) {
        answered.incrementAndGet();
      }
    } catch (Exception failed) {
      failed.printStackTrace(System.out);
    }
  }

  private static void accept(ServerSocket listener, CountDownLatch asked) {
    try {
      for (; ; ) {
        Socket socket = listener.accept();
        daemon(() -> serve(socket, asked));
      }
    } catch (Exception over) {
      // The calls are done.
    }
  }

  private static void serve(Socket socket, CountDownLatch asked) {
    try (socket) {
      InputStream in = socket.getInputStream();
      byte[] request = new byte[4_096]; // small and written at once, so it comes at once
      boolean isFirst = true;
      while (in.read(request) > 0) {
        if (isFirst) {
          asked.countDown();
          isFirst = false;
        }
        asked.await();
        socket.getOutputStream().write(ANSWER);
      }
    } catch (Exception gone) {
      // By the client.
    }
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(null, work, "server", 256 * 1_024);
    thread.setDaemon(true);
    thread.start();
  }

  /** By reflection, because the tests are compiled for 17. */
  private static Thread virtual(Runnable work) throws Exception {
    return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
  }
}
