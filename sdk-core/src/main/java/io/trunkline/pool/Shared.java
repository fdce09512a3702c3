package io.trunkline.pool;

import io.trunkline.config.PoolSettings;
import io.trunkline.time.Ticker;
import java.util.function.Consumer;

/**
 * What the pools of one manager share.
 *
 * @param whenLess told of a pool that lost a connection, or whose dial failed; outside of every
 *     lock
 */
record Shared(
    PoolSettings settings,
    Ticker ticker,
    TotalCap total,
    IdleWheel wheel,
    Consumer<EndpointPool> whenLess) {}
