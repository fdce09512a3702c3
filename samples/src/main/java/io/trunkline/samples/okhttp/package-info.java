/** OkHttp over a connection manager, in a few lines: {@link OkHttpTour} is the one to copy from. */
package io.trunkline.samples.okhttp;
