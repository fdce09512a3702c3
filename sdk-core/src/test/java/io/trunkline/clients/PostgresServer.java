package io.trunkline.clients;

import io.trunkline.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * PostgreSQL with a fresh cluster. It refuses to run as root, so root starts it as its own user.
 */
final class PostgresServer implements AutoCloseable {
  static final String USER = "trunkline";
  static final String PASSWORD = "only-for-tests";

  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final String ITS_USER = "postgres";

  private final ServerProcess process;
  private final int port;

  private PostgresServer(ServerProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static PostgresServer start() throws Exception {
    List<Path> directories = directories();
    String initdb = ServerProcess.program("initdb", "postgresql", directories).toString();
    String postgres = ServerProcess.program("postgres", "postgresql", directories).toString();
    List<String> asItself = asItself();
    ServerProcess process = new ServerProcess("postgres");
    PostgresServer server = new PostgresServer(process, ServerProcess.freePort());
    try {
      server.run(initdb, postgres, asItself);
      return server;
    } catch (Exception | Error failed) {
      server.close();
      throw failed;
    }
  }

  /** Debian has a directory for each major version; the newest first. */
  private static List<Path> directories() throws IOException {
    List<Path> directories = new ArrayList<>();
    if (Files.isDirectory(VERSIONS)) {
      try (Stream<Path> versions = Files.list(VERSIONS)) {
        versions
            .sorted(Comparator.comparing((Path each) -> each.getFileName().toString()).reversed())
            .forEach(each -> directories.add(each.resolve("bin")));
      }
    }
    directories.addAll(ServerProcess.systemDirectories());
    return directories;
  }

  /** What stands before its commands. */
  private static List<String> asItself() {
    if (!System.getProperty("user.name").equals("root")) {
      return List.of();
    }
    String setpriv =
        ServerProcess.program("setpriv", "util-linux", ServerProcess.systemDirectories())
            .toString();
    try {
      Path.of("/").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(ITS_USER);
    } catch (IOException noSuchUser) {
      Assumptions.abort("PostgreSQL refuses root, and there is no user " + ITS_USER);
    }
    return List.of(setpriv, "--reuid", ITS_USER, "--regid", ITS_USER, "--clear-groups");
  }

  private void run(String initdb, String postgres, List<String> asItself) throws Exception {
    Path data = process.directory().resolve("data");
    Path password = process.directory().resolve("password");
    Files.writeString(password, PASSWORD + "\n");
    if (!asItself.isEmpty()) {
      process.run(
          List.of("chown", "-R", ITS_USER + ":" + ITS_USER, process.directory().toString()));
    }
    process.run(
        joined(
            asItself,
            List.of(
                initdb,
                "--pgdata=" + data,
                "--username=" + USER,
                "--auth=scram-sha-256",
                "--pwfile=" + password,
                "--locale=C",
                "--encoding=UTF8",
                "--no-sync")));
    process.start(
        joined(
            asItself,
            List.of(
                postgres,
                "-D",
                data.toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=40")),
        port);
    process.awaitSaying("ready to accept connections");
  }

  private static List<String> joined(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  int port() {
    return port;
  }

  /** Ends it at once, its connections with it. */
  void kill() throws Exception {
    process.stop("QUIT");
  }

  /** A fast shutdown: it does not wait for clients. */
  @Override
  public void close() throws Exception {
    process.stop("INT");
    process.close();
  }
}
