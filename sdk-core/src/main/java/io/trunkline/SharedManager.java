package io.trunkline;

/**
 * The manager of those who can only be given the name of a class. Made with the defaults when it is
 * first wanted, and never closed: its threads are daemons, and those that have nothing to do sleep
 * or end.
 */
final class SharedManager {
  private SharedManager() {}

  private static final class Holder {
    static final ConnectionManager MANAGER = ConnectionManager.builder().build();
  }

  static ConnectionManager get() {
    return Holder.MANAGER;
  }
}
