/** Whether dialling an endpoint is worth while: a circuit breaker, and the probe that closes it. */
package io.trunkline.breaker;
