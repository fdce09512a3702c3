package io.trunkline.samples.live.events;

/**
 * Something that happened, for the page.
 *
 * @param id grows with each new event
 * @param epochMillis when
 * @param lastMillis when it happened last
 * @param backend the name of the endpoint
 * @param type what kind of event: colour and icon on the page
 * @param title in a few words; of a failure its kind
 * @param text in a sentence
 * @param advice what a repetition could do; empty where nothing failed
 * @param count how often, one right after the other
 */
public record Event(
    long id,
    long epochMillis,
    long lastMillis,
    String backend,
    Type type,
    String title,
    String text,
    String advice,
    int count) {

  /** What kind of event. */
  public enum Type {
    /** A button was pressed. */
    ACTION,

    /** A call, or a handshake, failed. */
    FAILURE,

    /** A call ended on this side, before anything was sent. */
    SHED,

    /** A circuit breaker opened, or a probe failed. */
    BAD,

    /** A circuit breaker closed, or a probe was answered. */
    GOOD,

    /** Something else. */
    NOTE
  }

  Event again(long now, String latestText) {
    return new Event(id, epochMillis, now, backend, type, title, latestText, advice, count + 1);
  }

  boolean isLike(Event other) {
    return backend.equals(other.backend) && type == other.type && title.equals(other.title);
  }
}
