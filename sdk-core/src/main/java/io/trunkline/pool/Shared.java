package io.trunkline.pool;

import io.trunkline.breaker.Breakers;
import io.trunkline.observe.ConnectionListener;
import io.trunkline.time.Housekeeper;
import io.trunkline.time.RecentTime;
import io.trunkline.time.Ticker;
import java.util.function.Consumer;

/**
 * What the pools of one manager share.
 *
 * @param recent for what may be a few milliseconds wrong, and has to be quick
 * @param rate of the dials of all pools together
 * @param whenLess told of a pool that lost a connection, whose dial failed, or that may dial again;
 *     outside of every lock
 */
record Shared(
    Ticker ticker,
    RecentTime recent,
    Housekeeper housekeeper,
    ConnectionListener listener,
    Breakers breakers,
    DialRate rate,
    TotalCap total,
    IdleWheel wheel,
    Consumer<EndpointPool> whenLess) {}
