package io.trunkline.observe.jfr;

import io.trunkline.observe.ConnectionListener;
import io.trunkline.observe.Listeners;

/** The way to the events, where the Java runtime has a flight recorder; it need not. */
public final class FlightRecording {
  private FlightRecording() {}

  /** The listener that writes events; {@link Listeners#NONE} where there is no recorder. */
  public static ConnectionListener listener() {
    try {
      return new JfrListener();
    } catch (LinkageError noRecorder) {
      return Listeners.NONE;
    }
  }
}
