package io.trunkline.clients;

import io.trunkline.testing.ServerProcess;
import java.util.List;

/** Redis, which keeps nothing on disk and wants a password. */
final class RedisServer implements AutoCloseable {
  static final String PASSWORD = "only-for-tests";

  private final ServerProcess process;
  private final int port;

  private RedisServer(ServerProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static RedisServer start() throws Exception {
    String program =
        ServerProcess.program("redis-server", "redis-server", ServerProcess.systemDirectories())
            .toString();
    ServerProcess process = new ServerProcess("redis");
    RedisServer server = new RedisServer(process, ServerProcess.freePort());
    try {
      server.run(program);
      return server;
    } catch (Exception | Error failed) {
      process.close();
      throw failed;
    }
  }

  private void run(String program) throws Exception {
    process.start(
        List.of(
            program,
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            process.directory().toString(),
            "--save",
            "",
            "--appendonly",
            "no",
            "--requirepass",
            PASSWORD),
        port);
  }

  int port() {
    return port;
  }

  /** Ends it at once, its connections with it. */
  void kill() throws Exception {
    process.stop("KILL");
  }

  @Override
  public void close() throws Exception {
    process.close();
  }
}
