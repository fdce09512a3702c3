/**
 * The quickstart: a second process serves, this one compares pooled with new connections, provokes
 * failures and explains them. The way through it: {@link
 * io.trunkline.samples.quickstart.QuickstartCommand}, then {@code LocalTour} or {@code
 * EndpointTour}.
 */
package io.trunkline.samples.quickstart;
