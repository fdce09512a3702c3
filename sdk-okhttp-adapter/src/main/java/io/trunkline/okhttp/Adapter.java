package io.trunkline.okhttp;

import io.trunkline.Attachment;
import io.trunkline.ConnectionManager;
import io.trunkline.TrunklineSocketFactory;
import io.trunkline.net.Endpoint;
import io.trunkline.observe.ConnectionListener;

/** What the calls and connections of one adapter share. */
final class Adapter implements AutoCloseable {
  private final ConnectionManager manager;
  private final OkHttpSettings settings;
  private final Permits permits;
  private final ReadySockets ready;
  private final HeldConnections connections;
  private final OtherPorts ports;
  private final Names names;
  private final RecentEndpoints endpoints = new RecentEndpoints();
  private final TrunklineSocketFactory sockets;
  private final WatchdogTick watchdog = new WatchdogTick();
  private final Attachment attachment;

  Adapter(ConnectionManager manager, OkHttpSettings settings) {
    this.manager = manager;
    this.settings = settings;
    this.permits = new Permits(settings, this::meet);
    this.ready = new ReadySockets(manager, settings);
    this.sockets = new TrunklineSocketFactory(manager);
    this.connections = new HeldConnections(settings, permits, ready);
    this.ports = new OtherPorts(manager, connections::load);
    this.names = new Names(manager, settings, ready, ports);
    connections.onForgotten(ports::forget);
    this.attachment = manager.attach(connections);
    connections.attached(attachment);
    ready.attached(attachment);
  }

  ConnectionManager manager() {
    return manager;
  }

  OkHttpSettings settings() {
    return settings;
  }

  Permits permits() {
    return permits;
  }

  ReadySockets ready() {
    return ready;
  }

  HeldConnections connections() {
    return connections;
  }

  OtherPorts ports() {
    return ports;
  }

  Names names() {
    return names;
  }

  RecentEndpoints endpoints() {
    return endpoints;
  }

  TrunklineSocketFactory sockets() {
    return sockets;
  }

  WatchdogTick watchdog() {
    return watchdog;
  }

  /** Has the manager know an endpoint that calls wait for. */
  void meet(Endpoint endpoint) {
    attachment.meet(endpoint);
  }

  ConnectionListener listener() {
    return attachment.listener();
  }

  /** Ends what is idle, and leaves the manager with the last connection. */
  @Override
  public void close() {
    ready.close();
    connections.leave();
  }
}
