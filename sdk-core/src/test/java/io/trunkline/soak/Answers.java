package io.trunkline.soak;

import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Requests that are like no other, and looks at each byte of an answer, also at those that came
 * before it broke off.
 */
final class Answers {
  /** A byte of somebody else: what must never be. */
  static final class Foreign extends RuntimeException {
    private static final long serialVersionUID = 1;

    Foreign(String message) {
      super(message);
    }
  }

  /** The peer ended the connection in good order before the answer was whole. */
  static final class CutOff extends IOException {
    private static final long serialVersionUID = 1;
  }

  private static final int HEADER_BYTES = 16;
  private static final int PIECE_BYTES = 16 * 1024;

  private static final AtomicLong NEXT = new AtomicLong(1);

  private final Waits waits;
  private final long writeLimitNanos;

  Answers(Waits waits, long writeLimitNanos) {
    this.waits = waits;
    this.writeLimitNanos = writeLimitNanos;
  }

  /** Begins with its number, and has nothing in common with another. */
  static byte[] request(SplittableRandom random) {
    long number = NEXT.getAndIncrement();
    int length = HEADER_BYTES + random.nextInt(240);
    int kind = random.nextInt(200);
    if (kind == 0) {
      length += random.nextInt(200_000);
    } else if (kind < 10) {
      length += random.nextInt(16_000);
    }
    byte[] request = new byte[length];
    new SplittableRandom(number).nextBytes(request);
    ByteBuffer.wrap(request).putLong(number).putInt(length);
    return request;
  }

  void send(OutputStream output, byte[] request) throws IOException {
    for (int at = 0; at < request.length; at += PIECE_BYTES) {
      long start = System.nanoTime();
      try {
        output.write(request, at, Math.min(PIECE_BYTES, request.length - at));
      } finally {
        waits.add(System.nanoTime() - start, writeLimitNanos);
      }
    }
  }

  void receive(InputStream input, byte[] request, long limitNanos) throws IOException {
    poll(input, request, limitNanos, 0);
  }

  /** Reads on after limits that passed, until nothing came for the patience. */
  void poll(InputStream input, byte[] request, long limitNanos, long patienceNanos)
      throws IOException {
    long came = System.nanoTime();
    byte[] answer = new byte[Math.min(request.length, PIECE_BYTES)];
    for (int at = 0; at < request.length; ) {
      long start = System.nanoTime();
      int count;
      try {
        count = input.read(answer, 0, Math.min(answer.length, request.length - at));
      } catch (SocketTimeoutException limitPassed) {
        if (!isReadLimit(limitPassed) || System.nanoTime() - came >= patienceNanos) {
          throw limitPassed;
        }
        continue;
      } finally {
        waits.add(System.nanoTime() - start, limitNanos);
      }
      if (count < 0) {
        throw new CutOff();
      }
      int wrong = Arrays.mismatch(answer, 0, count, request, at, at + count);
      if (wrong >= 0) {
        throw new Foreign(
            "byte %d of %d of the answer to request %d is not its own"
                .formatted(at + wrong, request.length, ByteBuffer.wrap(request).getLong()));
      }
      at += count;
      came = System.nanoTime();
    }
  }

  private static boolean isReadLimit(SocketTimeoutException failed) {
    return Failures.find(failed)
        .filter(failure -> failure.kind() == FailureKind.READ_TIMED_OUT)
        .isPresent();
  }
}
