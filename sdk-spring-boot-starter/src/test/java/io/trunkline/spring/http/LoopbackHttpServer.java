package io.trunkline.spring.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** What the applications under test call. It holds no body in memory. */
final class LoopbackHttpServer implements AutoCloseable {
  /** What an answer from {@code /slow} takes. */
  private static final int LATE_MILLIS = 1_000;

  private final HttpServer server;
  private final String scheme;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicInteger requests = new AtomicInteger();

  private LoopbackHttpServer(HttpServer server, String scheme) {
    this.server = server;
    this.scheme = scheme;
    server.setExecutor(threads);
    server.createContext("/hello", exchange -> answer(exchange, "hello"));
    server.createContext("/slow", this::answersLate);
    server.createContext("/upload", LoopbackHttpServer::count);
    server.createContext("/download", LoopbackHttpServer::send);
    server.createContext("/silent", this::saysNothing);
    server.createContext("/redirect", LoopbackHttpServer::redirect);
    server.createContext("/cookie", LoopbackHttpServer::cookie);
    server.start();
  }

  static LoopbackHttpServer plain() throws IOException {
    return new LoopbackHttpServer(HttpServer.create(loopback(), 64), "http");
  }

  static LoopbackHttpServer tls(SSLContext context) throws IOException {
    HttpsServer server = HttpsServer.create(loopback(), 64);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new LoopbackHttpServer(server, "https");
  }

  private static InetSocketAddress loopback() throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
  }

  int port() {
    return server.getAddress().getPort();
  }

  String url() {
    return scheme + "://localhost:" + port();
  }

  /** How many requests for a greeting came, early or late. */
  int requests() {
    return requests.get();
  }

  private void answer(HttpExchange exchange, String text) throws IOException {
    requests.incrementAndGet();
    respond(exchange, text);
  }

  private void answersLate(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    try {
      over.await(LATE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
    respond(exchange, "at last");
  }

  private static void respond(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static void count(HttpExchange exchange) throws IOException {
    long length = 0;
    byte[] buffer = new byte[1 << 16];
    InputStream input = exchange.getRequestBody();
    for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
      length += read;
    }
    String framing =
        exchange.getRequestHeaders().getFirst("Transfer-Encoding") == null ? "whole" : "chunked";
    respond(exchange, length + " " + framing);
  }

  private static void send(HttpExchange exchange) throws IOException {
    long length = Long.parseLong(exchange.getRequestURI().getQuery());
    exchange.sendResponseHeaders(200, length);
    byte[] buffer = new byte[1 << 16];
    OutputStream output = exchange.getResponseBody();
    for (long left = length; left > 0; left -= buffer.length) {
      output.write(buffer, 0, (int) Math.min(left, buffer.length));
    }
    exchange.close();
  }

  private void saysNothing(HttpExchange exchange) {
    try {
      over.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
    exchange.close();
  }

  private static void redirect(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Location", "/hello");
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  private static void cookie(HttpExchange exchange) throws IOException {
    String known = exchange.getRequestHeaders().getFirst("Cookie");
    exchange.getResponseHeaders().set("Set-Cookie", "visitor=seven; Path=/");
    respond(exchange, String.valueOf(known));
  }

  @Override
  public void close() {
    over.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
