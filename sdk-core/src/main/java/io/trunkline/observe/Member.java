package io.trunkline.observe;

import io.trunkline.time.Throttle;
import io.trunkline.time.Ticker;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listener of a fan-out, and what is said of it when it misbehaves. Thread-safe. */
final class Member {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
  private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  final ConnectionListener listener;
  final int index;
  final boolean hearsEveryLease;
  final boolean hearsSamples;

  /** The events whose method does nothing, as it is that of the interface. */
  private final Set<String> unheard;

  private final Throttle thrown;
  private final Throttle slow;

  /** The events that were slow once: the first time classes are loaded, and nobody is to blame. */
  private final Set<String> slowBefore = ConcurrentHashMap.newKeySet();

  Member(ConnectionListener listener, int index, Ticker ticker) {
    this.listener = listener;
    this.index = index;
    this.thrown = new Throttle(ticker, BETWEEN_LINES);
    this.slow = new Throttle(ticker, BETWEEN_LINES);
    this.hearsEveryLease = ask("hearsEveryLease", ConnectionListener::hearsEveryLease);
    this.hearsSamples = ask("hearsSamples", ConnectionListener::hearsSamples);
    this.unheard = unheard(listener.getClass());
  }

  private static Set<String> unheard(Class<?> type) {
    try {
      return Arrays.stream(type.getMethods())
          .filter(method -> method.getDeclaringClass() == ConnectionListener.class)
          .map(Method::getName)
          .collect(Collectors.toUnmodifiableSet());
    } catch (LinkageError incomplete) {
      return Set.of(); // it refers to a class that is not there: then it is told of everything
    }
  }

  /** Whether the listener does anything on an event. */
  boolean hears(String event) {
    return !unheard.contains(event);
  }

  boolean hearsConnects() {
    return hears("connected") && ask("hearsConnects", ConnectionListener::hearsConnects);
  }

  private boolean ask(String what, Predicate<ConnectionListener> question) {
    try {
      return question.test(listener);
    } catch (Throwable failed) {
      threw(what, failed);
      return true;
    }
  }

  /** Never throws: with no stack or no memory left, saying so is not worth failing a caller. */
  void threw(String event, Throwable failed) {
    try {
      if (failed instanceof InterruptedException) { // thrown without being declared
        Thread.currentThread().interrupt();
      }
      long others = thrown.tryPass();
      if (others != Throttle.HELD_BACK) {
        LOG.error(
            "{}.{} threw, which is of no consequence for anybody else ({} more such since the last"
                + " line)",
            listener.getClass().getName(),
            event,
            others,
            failed);
      }
    } catch (Throwable cannotLog) {
      // Nobody is left to be told.
    }
  }

  /** Never throws, as {@link #threw}. */
  void took(String event, long nanos) {
    if (nanos <= SLOW_NANOS) {
      return;
    }
    try {
      if (slowBefore.add(event)) {
        return;
      }
      long others = slow.tryPass();
      if (others != Throttle.HELD_BACK) {
        LOG.warn(
            "{}.{} took {} ms; a listener runs on the threads of callers and must return at once"
                + " ({} more such since the last line)",
            listener.getClass().getName(),
            event,
            TimeUnit.NANOSECONDS.toMillis(nanos),
            others);
      }
    } catch (Throwable cannotLog) {
      // As above.
    }
  }
}
