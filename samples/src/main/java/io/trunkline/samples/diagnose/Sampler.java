package io.trunkline.samples.diagnose;

import io.trunkline.ConnectionManager;
import io.trunkline.Lease;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSession;

/** Makes single connections to one address, through a manager that knows no other. */
final class Sampler {
  /** A server that speaks first has no reason to wait. */
  static final int GREETING_MILLIS = 300;

  private static final int LONGEST_LINE = 4_096;
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;

  private final Plan plan;
  private final InetSocketAddress address;
  private final ConnectionManager manager;
  private final Recorder recorder;

  Sampler(Plan plan, InetSocketAddress address, ConnectionManager manager, Recorder recorder) {
    this.plan = plan;
    this.address = address;
    this.manager = manager;
    this.recorder = recorder;
  }

  /**
   * Connects, sends the request if there is one, and closes.
   *
   * @param listens whether to wait a moment for what the server says unasked; for no request
   */
  Sample take(boolean listens) {
    Answer answer = new Answer();
    try (Lease lease = manager.acquire(plan.endpoint())) {
      if (plan.isHttp()) {
        answer.toRequest(lease);
      } else if (listens) {
        answer.unasked(lease);
      }
      return new Sample(
          recorder.with(address),
          answer.firstByteMillis,
          lease.tcpInfo().orElse(null),
          tls(lease),
          answer.line,
          null);
    } catch (IOException failed) {
      return new Sample(
          recorder.with(address), answer.sinceStartMillis(), null, null, null, failed);
    }
  }

  private static Report.Tls tls(Lease lease) {
    if (lease.tlsSession().isEmpty()) {
      return null;
    }
    SSLSession session = lease.tlsSession().get();
    return new Report.Tls(
        session.getProtocol(),
        session.getCipherSuite(),
        lease.applicationProtocol().filter(name -> !name.isEmpty()).orElse(null));
  }

  private byte[] request() {
    return ("GET "
            + plan.httpPath()
            + " HTTP/1.1\r\nHost: "
            + hostHeader(plan.endpoint())
            + "\r\nUser-Agent: trunkline-diagnose\r\nAccept: */*\r\nConnection: close\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String hostHeader(Endpoint endpoint) {
    String host = endpoint.host().replaceFirst("%.*", "");
    if (host.indexOf(':') >= 0) {
      host = "[" + host + "]";
    }
    boolean usual = endpoint.port() == (endpoint.isTls() ? HTTPS_PORT : HTTP_PORT);
    return usual ? host : host + ":" + endpoint.port();
  }

  /** The first bytes of a server. */
  private final class Answer {
    private final byte[] buffer = new byte[LONGEST_LINE];
    private Long startNanos;
    private Double firstByteMillis;
    private String line;

    void toRequest(Lease lease) throws IOException {
      startNanos = System.nanoTime();
      lease.output().write(request());
      read(lease.input(), "it closed the connection instead of answering the request");
    }

    void unasked(Lease lease) throws IOException {
      lease.socket().setSoTimeout(GREETING_MILLIS);
      startNanos = System.nanoTime();
      try {
        read(lease.input(), "it closed a new connection before anything was sent");
      } catch (SocketTimeoutException silent) {
        startNanos = null;
      }
    }

    private void read(InputStream input, String ifClosed) throws IOException {
      int length = input.read(buffer, 0, buffer.length);
      firstByteMillis = sinceStartMillis();
      if (length < 0) {
        throw Failures.exception(
            FailureDetails.of(FailureKind.PEER_CLOSED, FailurePhase.READ)
                .withEndpoint(plan.endpoint())
                .withAddress(address)
                .withElapsedNanos((long) (firstByteMillis * 1e6))
                .withRequestBytesSent(plan.isHttp())
                .withNote(ifClosed));
      }
      line = Printable.line(buffer, restOfLine(input, length));
    }

    /** Also a line that has no end: what was said was said. */
    private int restOfLine(InputStream input, int first) throws IOException {
      int length = first;
      while (length < buffer.length && !hasLine(length)) {
        try {
          int more = input.read(buffer, length, buffer.length - length);
          if (more < 0) {
            break;
          }
          length += more;
        } catch (SocketTimeoutException noMore) {
          break;
        }
      }
      return length;
    }

    private boolean hasLine(int length) {
      for (int i = 0; i < length; i++) {
        if (buffer[i] == '\n') {
          return true;
        }
      }
      return false;
    }

    Double sinceStartMillis() {
      return startNanos == null ? null : (System.nanoTime() - startNanos) / 1e6;
    }
  }
}
