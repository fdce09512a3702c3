package io.trunkline.samples.live.load;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.FailureKind;
import io.trunkline.failure.Failures;
import io.trunkline.samples.live.events.EventFeed;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/** A downstream service as this application calls it: by a RestClient that knows of nothing. */
public final class Backend {
  private final String name;
  private final RestClient client;
  private final EventFeed events;
  private final History history = new History();

  /**
   * @param name as in the properties: trunkline.endpoints.NAME
   */
  public Backend(String name, RestClient client, EventFeed events) {
    this.name = name;
    this.client = client;
    this.events = events;
  }

  public String name() {
    return name;
  }

  public History history() {
    return history;
  }

  /**
   * Calls it, and keeps what became of it.
   *
   * @throws RestClientException as the RestClient has it
   */
  public String ask() {
    long start = System.nanoTime();
    try {
      String answer = client.get().uri("/").retrieve().body(String.class);
      ended(Outcome.OK, start);
      return answer;
    } catch (RestClientException failed) {
      Optional<ConnectionFailure> known = Failures.find(failed);
      ended(Outcome.of(known.map(ConnectionFailure::kind).orElse(FailureKind.OTHER)), start);
      known.ifPresent(failure -> events.callFailed(name, failure));
      throw failed;
    }
  }

  private void ended(Outcome outcome, long startNanos) {
    long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    history.add(System.currentTimeMillis(), outcome, elapsed);
  }
}
