package io.trunkline.okhttp.real;

import io.trunkline.ConnectionManager;
import io.trunkline.config.TransportMode;
import io.trunkline.okhttp.TrunklineOkHttp;
import java.util.Optional;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Assumptions;

/** Whose calls they are: OkHttp's as it is, or the adapter's over a transport. */
enum Subject {
  PLAIN,
  JNI,
  JDK;

  /** Begins with it; the settings of the adapter are those of the manager. */
  Side start() {
    return start(UnaryOperator.identity());
  }

  Side start(UnaryOperator<TrunklineOkHttp.Builder> settings) {
    return switch (this) {
      case PLAIN -> new Side(Optional.empty(), settings);
      case JNI -> new Side(Optional.of(nativeManager()), settings);
      case JDK ->
          new Side(
              Optional.of(ConnectionManager.builder().transport(TransportMode.JDK).build()),
              settings);
    };
  }

  private static ConnectionManager nativeManager() {
    try {
      return ConnectionManager.builder().transport(TransportMode.NATIVE).build();
    } catch (IllegalStateException noLibrary) {
      return Assumptions.abort(noLibrary.getMessage());
    }
  }

  /** A manager, if it takes one, and clients over it. */
  static final class Side implements AutoCloseable {
    private final Optional<ConnectionManager> manager;
    private final Optional<TrunklineOkHttp> adapter;

    Side(Optional<ConnectionManager> manager, UnaryOperator<TrunklineOkHttp.Builder> settings) {
      this.manager = manager;
      this.adapter = manager.map(each -> settings.apply(TrunklineOkHttp.builder(each)).build());
    }

    ConnectionManager manager() {
      return manager.orElseThrow();
    }

    boolean isPlain() {
      return manager.isEmpty();
    }

    OkHttpClient client(OkHttpClient.Builder builder) {
      return adapter.map(each -> each.install(builder)).orElse(builder).build();
    }

    OkHttpClient client() {
      return client(new OkHttpClient.Builder());
    }

    @Override
    public void close() {
      manager.ifPresent(ConnectionManager::close);
    }
  }
}
