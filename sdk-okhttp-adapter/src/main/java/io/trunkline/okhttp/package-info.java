/**
 * OkHttp over a connection manager: {@link io.trunkline.okhttp.TrunklineOkHttp}. OkHttp keeps its
 * connections and speaks HTTP; Trunkline dials them, has them checked, counted, aged and drained,
 * and says why they failed. Only public API of OkHttp is used.
 */
package io.trunkline.okhttp;
