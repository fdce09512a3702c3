package io.trunkline.connect;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureDetails;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.FailurePhase;
import io.trunkline.failure.Failures;
import io.trunkline.net.Endpoint;
import io.trunkline.time.Deadline;
import io.trunkline.time.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One dial's wait for the addresses of its endpoint. */
final class Lookup {
  private final Addresses book;
  private final Endpoint endpoint;
  private final Deadline deadline;
  private final Ticker ticker;
  private final long startNanos;

  /** This dial's own view of a lookup that others may share. */
  private volatile CompletableFuture<List<InetSocketAddress>> answer;

  private volatile boolean cancelled;

  /**
   * @param startNanos when it began, on the clock
   */
  Lookup(Addresses book, Endpoint endpoint, Deadline deadline, Ticker ticker, long startNanos) {
    this.book = book;
    this.endpoint = endpoint;
    this.deadline = deadline;
    this.ticker = ticker;
    this.startNanos = startNanos;
  }

  /**
   * Waits for the addresses, at least one.
   *
   * @return empty if the caller's time ended first
   * @throws IOException why there are none; of kind CLOSED after {@link #cancel}
   */
  Optional<List<InetSocketAddress>> run(Deadline until) throws IOException {
    try {
      if (answer == null) {
        answer = book.of(endpoint);
      }
      if (cancelled) {
        throw Dial.cancelled(endpoint, elapsedNanos());
      }
      List<InetSocketAddress> addresses =
          answer.isDone()
              ? answer.get() // as of an IP literal: without a look at the clock
              : answer.get(until.orEarlier(deadline).remainingNanos(), TimeUnit.NANOSECONDS);
      if (addresses.isEmpty()) {
        throw failure(FailureKind.RESOLUTION_FAILED, "the name has no address", null);
      }
      return Optional.of(addresses);
    } catch (TimeoutException late) {
      if (deadline.hasPassed()) {
        answer.cancel(false); // nothing of it stays behind in a lookup that hangs
        throw failure(FailureKind.RESOLUTION_FAILED, "the resolver did not answer in time", null);
      }
      return Optional.empty();
    } catch (CancellationException cancel) {
      throw Dial.cancelled(endpoint, elapsedNanos());
    } catch (ExecutionException failed) {
      throw failed(failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      answer.cancel(false);
      throw failure(FailureKind.INTERRUPTED, null, interrupted);
    }
  }

  /** From any thread: ends the wait. Others who share the lookup are not disturbed. */
  void cancel() {
    cancelled = true;
    CompletableFuture<List<InetSocketAddress>> waitedFor = answer;
    if (waitedFor != null) {
      waitedFor.cancel(false);
    }
  }

  long elapsedNanos() {
    return ticker.nanoTime() - startNanos;
  }

  /** Others may get the same failure, so each throws an exception of its own. */
  private IOException failed(Throwable cause) {
    if (cause instanceof ConnectionFailure known) {
      return Failures.exception(
          known.details().withEndpoint(endpoint).withElapsedNanos(elapsedNanos()),
          cause.getCause());
    }
    Throwable worthTelling = cause instanceof UnknownHostException ? null : cause;
    return failure(FailureKind.RESOLUTION_FAILED, null, worthTelling);
  }

  private IOException failure(FailureKind kind, String note, Throwable cause) {
    FailureDetails details =
        FailureDetails.of(kind, FailurePhase.RESOLVE)
            .withEndpoint(endpoint)
            .withElapsedNanos(elapsedNanos());
    return Failures.exception(note == null ? details : details.withNote(note), cause);
  }
}
