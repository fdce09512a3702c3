/** What the actuator shows of Trunkline, and lets an operator do. */
package io.trunkline.spring.actuator;
