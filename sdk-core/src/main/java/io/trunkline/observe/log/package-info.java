/** What a manager writes into the log by itself. */
package io.trunkline.observe.log;
