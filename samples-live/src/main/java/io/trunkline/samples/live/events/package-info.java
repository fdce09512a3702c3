/** What happened lately, in words. */
package io.trunkline.samples.live.events;
