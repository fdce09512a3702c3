package io.trunkline.samples.live.page;

import io.trunkline.samples.live.downstream.Behaviour;
import io.trunkline.samples.live.downstream.FaultyServer;
import io.trunkline.samples.live.events.Event;
import io.trunkline.samples.live.events.EventFeed;
import io.trunkline.samples.live.load.Backend;
import io.trunkline.samples.live.load.History;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * The part of the page that is about the sample itself. What is about connections it asks of the
 * actuator. Commands are JSON, which a page of another site cannot send without being asked first.
 */
@RestController
@RequestMapping("/live")
class LiveController {
  private static final int SECONDS_SHOWN = 60;

  private final FaultyServer target;
  private final String targetName;
  private final List<Backend> backends;
  private final EventFeed events;

  LiveController(FaultyServer stock, List<Backend> backends, EventFeed events) {
    this.target = stock;
    this.targetName = "stock";
    this.backends = backends;
    this.events = events;
  }

  /** What one poll of the page shows. */
  record State(
      String target,
      Behaviour behaviour,
      List<Choice> choices,
      Map<String, List<History.Second>> load,
      List<Event> events) {}

  /** A button for a behaviour. */
  record Choice(Behaviour id, String label, String meaning) {}

  /** What a pressed button sends. */
  record Command(Behaviour behaviour) {}

  @GetMapping("/state")
  State state() {
    long now = System.currentTimeMillis();
    Map<String, List<History.Second>> load = new LinkedHashMap<>();
    for (Backend each : backends) {
      load.put(each.name(), each.history().last(SECONDS_SHOWN, now));
    }
    List<Choice> choices =
        Arrays.stream(Behaviour.values())
            .map(each -> new Choice(each, each.label(), each.meaning()))
            .toList();
    return new State(targetName, target.behaviour(), choices, load, events.events());
  }

  @PostMapping(path = "/behaviour", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void behave(@RequestBody Command command) throws IOException {
    Behaviour behaviour = command.behaviour();
    events.acted(targetName, behaviour.label(), behaviour.meaning());
    target.behave(behaviour);
  }

  @PostMapping(path = "/close-idle", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void closeIdle() {
    int closed = target.closeIdle();
    events.acted(
        targetName,
        "Close idle connections",
        closed == 1
            ? "The server closed 1 connection that waited for a request, as after its idle timeout."
            : "The server closed "
                + closed
                + " connections that waited for a request, as after its idle timeout.");
  }
}
