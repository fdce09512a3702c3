/** OkHttp over a connection manager. */
// micrometer-core has no module descriptor
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.trunkline.okhttp {
  requires transitive io.trunkline.core;
  requires static micrometer.core;
  requires transitive okhttp3;

  exports io.trunkline.okhttp;
}
