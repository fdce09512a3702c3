/** What the page asks for beside the actuator: events, load, and the buttons for faults. */
package io.trunkline.samples.live.page;
