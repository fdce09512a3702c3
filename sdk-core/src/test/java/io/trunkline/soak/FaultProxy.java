package io.trunkline.soak;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between clients and a server, and is to each connection what a bad network and a bad box
 * in it would be. Every connection ends badly, after a random number of bytes; until then it is
 * slow at times. Now and then nothing listens for a while. It never changes a byte nor the order of
 * bytes.
 *
 * <p>All in one file, without a class of the tests, so that another module can run it as {@code
 * java FaultProxy.java SEED TARGET_PORT...}: it says the ports on which it listens, then what it
 * did, at the end of its input.
 */
public final class FaultProxy implements AutoCloseable {
  /** What may befall a connection. The first ones pass, the others end it. */
  public enum Toxic {
    LATENCY,
    JITTER,
    BANDWIDTH,
    SLICE,
    /** RST to both, in the middle of what was to be sent. */
    RESET,
    /** FIN to the client in the middle. */
    CLOSE,
    /** FIN to the client in the middle, but all that it sends is taken. */
    HALF_CLOSE,
    /** The server is gone, and the client is not told: nobody reads what it sends. */
    HALF_OPEN,
    /** All is taken, nothing comes through. */
    TIMEOUT,
    /** Nobody listens. */
    OUTAGE;

    static final Toxic[] PASSING = {LATENCY, JITTER, BANDWIDTH, SLICE};
    static final Toxic[] ENDING = {RESET, RESET, CLOSE, CLOSE, HALF_CLOSE, HALF_OPEN, TIMEOUT};
  }

  private static final int LOWEST_PORT = 20_000;
  private static final int HIGHEST_PORT = 32_000; // below those that connections get

  /** A connection ends after so many bytes, any magnitude as likely: 1 KiB to 16 MiB. */
  private static final int LEAST_BYTES_LOG2 = 10;

  private static final int MOST_BYTES_LOG2 = 24;

  /** Small, so that who writes to a peer that does not read has to wait soon. */
  private static final int RECEIVE_BUFFER_BYTES = 16 * 1024;

  /** How long a connection is kept that no longer serves; longer than any client has patience. */
  private static final int KEPT_MILLIS = 2_000;

  private static final int OUTAGE_MILLIS = 250;
  private static final int BETWEEN_OUTAGES_MILLIS = 10_000;
  private static final int BACKLOG = 256;

  private final InetSocketAddress target;
  private final Random random;
  private final int port;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final Map<Toxic, AtomicInteger> struck = new EnumMap<>(Toxic.class);
  private final AtomicInteger accepted = new AtomicInteger();
  private volatile ServerSocket listener;
  private volatile boolean closed;

  public FaultProxy(InetSocketAddress target, long seed) throws IOException {
    this.target = target;
    random = new Random(seed);
    for (Toxic each : Toxic.values()) {
      struck.put(each, new AtomicInteger());
    }
    listener = listen(LOWEST_PORT + random.nextInt(2_000));
    port = listener.getLocalPort();
    daemon(this::acceptAll, "proxy-accept");
    long outages = random.nextLong();
    daemon(() -> failAtTimes(new Random(outages)), "proxy-outages");
  }

  /** A port that no outgoing connection can take while nothing listens on it. */
  private static ServerSocket listen(int first) throws IOException {
    for (int port = first; port < HIGHEST_PORT; port++) {
      try {
        return listenAt(port);
      } catch (BindException taken) {
        // The next one may be free.
      }
    }
    throw new IOException("no free port");
  }

  private static ServerSocket listenAt(int port) throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
      listener.bind(new InetSocketAddress(loopback(), port), BACKLOG);
      return listener;
    } catch (IOException taken) {
      listener.close();
      throw taken;
    }
  }

  private static InetAddress loopback() throws IOException {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  public int port() {
    return port;
  }

  /** How often each toxic was used, and how many connections there were. */
  public String told() {
    return accepted + " connections, " + struck;
  }

  public Map<Toxic, AtomicInteger> struck() {
    return struck;
  }

  private void note(Toxic toxic) {
    struck.get(toxic).incrementAndGet();
  }

  private static void daemon(Runnable work, String name) {
    Thread thread = new Thread(null, work, name, 256 * 1024);
    thread.setDaemon(true);
    thread.start();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException nobodyDoes) {
      throw new IllegalStateException(nobodyDoes);
    }
  }

  // ---- connections ----

  private void acceptAll() {
    while (!closed) {
      try {
        Socket client = listener.accept();
        accepted.incrementAndGet();
        Link link = new Link(client, random.nextLong());
        links.add(link);
        daemon(link::serve, "proxy-up");
      } catch (IOException outage) {
        sleep(1);
      }
    }
  }

  private void failAtTimes(Random times) {
    while (!closed) {
      sleep(BETWEEN_OUTAGES_MILLIS / 2 + times.nextInt(BETWEEN_OUTAGES_MILLIS));
      try {
        listener.close();
        note(Toxic.OUTAGE);
        sleep(OUTAGE_MILLIS);
        if (!closed) {
          listener = listenAt(port);
        }
      } catch (IOException unexpected) {
        throw new IllegalStateException("port " + port + " cannot be had back", unexpected);
      }
    }
    closeQuietly(listener);
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception gone) {
      // That was the goal.
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (IOException gone) {
      // Then there is nothing to say.
    }
    closeQuietly(socket);
  }

  /** One connection of a client. */
  private final class Link {
    private final Socket client;
    private final Socket server = new Socket();
    private final Random fate;
    private final Toxic end;
    private final AtomicLong bytesLeft;
    private volatile boolean ended;

    Link(Socket client, long seed) {
      this.client = client;
      fate = new Random(seed);
      end = Toxic.ENDING[fate.nextInt(Toxic.ENDING.length)];
      double magnitude =
          LEAST_BYTES_LOG2 + fate.nextDouble() * (MOST_BYTES_LOG2 - LEAST_BYTES_LOG2);
      bytesLeft = new AtomicLong((long) Math.pow(2, magnitude));
    }

    void serve() {
      try {
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        server.connect(target);
        Random back = new Random(fate.nextLong());
        daemon(() -> pump(server, client, back), "proxy-down");
        pump(client, server, fate);
      } catch (IOException gone) {
        giveUp();
      }
    }

    /** From one to the other until either ends, or the time has come for the bad end. */
    private void pump(Socket from, Socket to, Random mood) {
      try {
        InputStream in = from.getInputStream();
        Weather weather = new Weather(mood, to.getOutputStream());
        byte[] bytes = new byte[16 * 1024];
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
          long left = bytesLeft.addAndGet(-count);
          if (ended) {
            return;
          }
          if (left < 0) {
            // What is before its end still passes, so that it breaks in the middle of something.
            weather.send(bytes, (int) Math.max(0, left + count));
            strike();
            return;
          }
          weather.send(bytes, count);
        }
      } catch (IOException gone) {
        // So is the other side then.
      }
      if (!ended) {
        giveUp();
      }
    }

    private synchronized void strike() throws IOException {
      if (ended) {
        return;
      }
      ended = true;
      note(end);
      switch (end) {
        case RESET -> reset(client);
        case CLOSE -> client.close();
        case HALF_CLOSE -> {
          client.shutdownOutput();
          keep(true);
        }
        case HALF_OPEN -> keep(false);
        default -> keep(true);
      }
      giveUp();
    }

    /** The client is left alone with a connection that only takes bytes, or not even that. */
    private void keep(boolean takes) throws IOException {
      reset(server);
      long until = System.nanoTime() + KEPT_MILLIS * 1_000_000L;
      byte[] bytes = new byte[16 * 1024];
      client.setSoTimeout(100);
      while (System.nanoTime() < until && !closed) {
        if (!takes) {
          sleep(100);
        } else {
          try {
            if (client.getInputStream().read(bytes) < 0) {
              return;
            }
          } catch (java.net.SocketTimeoutException quiet) {
            // It is only taken what comes.
          }
        }
      }
    }

    /** A RST to the server leaves no connection in TIME_WAIT. */
    void giveUp() {
      ended = true;
      reset(server);
      closeQuietly(client);
      links.remove(this);
    }
  }

  /** How bytes travel in one direction: mostly at once, at times badly for a while. */
  private final class Weather {
    private final Random random;
    private final OutputStream to;
    private Toxic now;
    private int pieces;

    Weather(Random random, OutputStream to) {
      this.random = random;
      this.to = to;
    }

    void send(byte[] bytes, int count) throws IOException {
      if (--pieces < 0) {
        now = random.nextInt(8) == 0 ? Toxic.PASSING[random.nextInt(4)] : null;
        pieces = now == null ? 10 + random.nextInt(200) : random.nextInt(10);
        if (now != null) {
          note(now);
        }
      }
      if (now == null) {
        to.write(bytes, 0, count);
        return;
      }
      switch (now) {
        case LATENCY -> {
          sleep(5);
          to.write(bytes, 0, count);
        }
        case JITTER -> {
          sleep(random.nextInt(20));
          to.write(bytes, 0, count);
        }
        case BANDWIDTH -> slowly(bytes, count, 1_024, 1); // 1 MB/s
        default -> {
          int piece = Math.max(1 + random.nextInt(200), count / 64);
          slowly(bytes, count, piece, random.nextInt(40) / 39);
        }
      }
    }

    private void slowly(byte[] bytes, int count, int piece, int pauseMillis) throws IOException {
      for (int at = 0; at < count; at += piece) {
        to.write(bytes, at, Math.min(piece, count - at));
        if (pauseMillis > 0) {
          sleep(pauseMillis);
        }
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    closeQuietly(listener);
    links.forEach(Link::giveUp);
  }

  // ---- by itself ----

  public static void main(String[] arguments) throws IOException {
    StringBuilder ports = new StringBuilder("ports");
    FaultProxy[] all = new FaultProxy[arguments.length - 1];
    for (int i = 0; i < all.length; i++) {
      InetSocketAddress server =
          new InetSocketAddress(loopback(), Integer.parseInt(arguments[i + 1]));
      all[i] = new FaultProxy(server, Long.parseLong(arguments[0]) + i);
      ports.append(' ').append(all[i].port());
    }
    System.out.println(ports);
    while (System.in.read() >= 0) {
      // Whoever started it says when it is over.
    }
    for (FaultProxy each : all) {
      each.close();
      System.out.println(each.told());
    }
  }
}
