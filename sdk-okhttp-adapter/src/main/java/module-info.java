/** OkHttp over a connection manager. */
// micrometer-core has no module descriptor
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.trunkline.okhttp {
  requires transitive io.trunkline.core;
  requires static micrometer.core;
  requires transitive okhttp3;
  requires okio; // an automatic module, as its jar names itself

  exports io.trunkline.okhttp;
}
