package io.trunkline.samples.quickstart;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.net.Endpoint;
import io.trunkline.net.EndpointSnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;

/**
 * A server closes a connection while nobody uses it: an idle timeout, a restart. Whoever sends the
 * next request on it loses that request; the pool must not.
 */
final class StaleConnection {
  /** The jdk transport looks at a connection only after it was idle for a second. */
  private static final int JDK_LOOKS_AFTER_MILLIS = 1_100;

  private static final int READ_LIMIT_MILLIS = 5_000;

  private final PeerProcess peers;
  private final ConnectionManager manager;
  private final Verdicts verdicts;
  private final Exchange exchange = Exchange.echo(64);

  StaleConnection(PeerProcess peers, ConnectionManager manager, Verdicts verdicts) {
    this.peers = peers;
    this.manager = manager;
    this.verdicts = verdicts;
  }

  Report.Failure show() throws IOException, InterruptedException {
    Endpoint endpoint = peers.closing();
    try (Socket kept = new Socket()) {
      kept.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.port()));
      kept.setSoTimeout(READ_LIMIT_MILLIS);
      exchange.run(kept.getInputStream(), kept.getOutputStream());
      pooledExchange(endpoint);
      EndpointSnapshot before = snapshot(endpoint);

      long closed = peers.closeIdle();
      verdicts.expect(
          closed == 2, "stale: the server has 2 connections to close, but closed " + closed);
      if (!manager.transport().isNative()) {
        Thread.sleep(JDK_LOOKS_AFTER_MILLIS);
      }

      String plain = nextRequestOn(kept, verdicts);
      String pooledFailure = pooledFailure(endpoint);
      EndpointSnapshot after = snapshot(endpoint);
      verdicts.expect(
          pooledFailure == null, "stale: the pooled request is answered, but: " + pooledFailure);
      verdicts.expect(
          after.handshakes() == before.handshakes() + 1 && after.failedDials() == 0,
          "stale: one handshake more and no failed dial, but "
              + (after.handshakes() - before.handshakes())
              + " more and "
              + after.failedDials()
              + " failed");
      return new Report.Failure(
          "stale connection",
          "Stale: the server closed the connection while it was idle",
          "one exchange each over the pool and over a kept java.net.Socket; the server then closed"
              + " both connections, as an idle timeout or a restart does; then one exchange more"
              + " each",
          null,
          new Report.Stale(
              before.handshakes(),
              after.handshakes(),
              after.failedDials(),
              pooledFailure == null,
              plain),
          manager.transport().isNative()
              ? List.of()
              : List.of(
                  "the jdk transport looks only at connections that were idle for 1 s; native"
                      + " sockets are watched all the time"));
    }
  }

  private void pooledExchange(Endpoint endpoint) throws IOException {
    try (Lease lease = manager.acquire(endpoint)) {
      exchange.run(lease.input(), lease.output());
      lease.release();
    }
  }

  private EndpointSnapshot snapshot(Endpoint endpoint) {
    return manager.snapshot().endpoint(endpoint).orElseThrow();
  }

  /** Null if all went well. */
  private String pooledFailure(Endpoint endpoint) {
    try {
      pooledExchange(endpoint);
      return null;
    } catch (IOException failed) {
      return failed.toString();
    }
  }

  /** In words. That the write succeeds is what makes it dangerous: was the request processed? */
  private static String nextRequestOn(Socket kept, Verdicts verdicts) {
    String write = "the request could not be written: ";
    try {
      kept.getOutputStream().write(new byte[64]);
      write = "the request was written without an error, then the read gave ";
      int first = kept.getInputStream().read();
      verdicts.expect(first < 0, "stale: the kept java.net.Socket fails, but it had an answer");
      return write + (first < 0 ? "the end of the stream" : "an answer");
    } catch (IOException failed) {
      return write + failed;
    }
  }
}
