package io.trunkline.okhttp;

import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;

/** Answers all requests alike. */
final class Always extends Dispatcher {
  private final MockResponse response;

  Always(String body) {
    this(new MockResponse.Builder().body(body).build());
  }

  Always(MockResponse response) {
    this.response = response;
  }

  @Override
  public MockResponse dispatch(RecordedRequest request) {
    return response;
  }
}
