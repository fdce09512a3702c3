package io.trunkline.samples.live.page;

import io.trunkline.failure.ConnectionFailure;
import io.trunkline.failure.Failures;
import io.trunkline.samples.live.load.Backend;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClientException;

/** What the service is for: it asks both backends. A failure tells its caller what to do next. */
@RestController
class ItemController {
  private final List<Backend> backends;

  ItemController(List<Backend> backends) {
    this.backends = backends;
  }

  @GetMapping("/api/item")
  Map<String, String> item() {
    Map<String, String> answers = new TreeMap<>();
    backends.forEach(each -> answers.put(each.name(), each.ask()));
    return answers;
  }

  @ExceptionHandler
  ProblemDetail unavailable(RestClientException failed) {
    Optional<ConnectionFailure> known = Failures.find(failed);
    ProblemDetail problem =
        ProblemDetail.forStatusAndDetail(
            HttpStatus.SERVICE_UNAVAILABLE,
            known.map(each -> ((Throwable) each).getMessage()).orElse(failed.getMessage()));
    known.ifPresent(
        failure -> {
          problem.setTitle(failure.kind().title());
          problem.setProperty("kind", failure.kind());
          problem.setProperty("advice", failure.advice().words());
        });
    return problem;
  }
}
