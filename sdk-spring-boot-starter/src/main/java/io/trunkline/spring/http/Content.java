package io.trunkline.spring.http;

import java.io.IOException;
import java.io.OutputStream;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.springframework.util.StreamUtils;

/** A body that is written straight to OkHttp's sink. Its type is among the headers. */
final class Content extends RequestBody {
  /** Then it is sent in chunks, or in frames of HTTP/2. */
  static final long UNKNOWN = -1;

  private final Writer writer;
  private final long length;
  private final boolean repeatable;

  /**
   * @param length bytes, or {@link #UNKNOWN}
   * @param repeatable whether it can be written again, for another attempt
   */
  Content(Writer writer, long length, boolean repeatable) {
    this.writer = writer;
    this.length = length;
    this.repeatable = repeatable;
  }

  /** What writes it. */
  @FunctionalInterface
  interface Writer {
    void writeTo(OutputStream output) throws IOException;
  }

  Content withLength(long bytes) {
    return new Content(writer, bytes, repeatable);
  }

  /** None: OkHttp would set the header in a spelling of its own. */
  @Override
  public MediaType contentType() {
    return null;
  }

  @Override
  public long contentLength() {
    return length;
  }

  @Override
  public boolean isOneShot() {
    return !repeatable;
  }

  @Override
  public void writeTo(BufferedSink sink) throws IOException {
    writer.writeTo(StreamUtils.nonClosing(sink.outputStream())); // it is OkHttp that ends it
  }
}
