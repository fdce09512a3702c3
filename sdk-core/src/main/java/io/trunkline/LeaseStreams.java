package io.trunkline;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/** The streams of a lease: dead with it. */
final class LeaseStreams {
  private LeaseStreams() {}

  static final class Input extends InputStream {
    private final Lease lease;

    Input(Lease lease) {
      this.lease = lease;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return lease.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, target.length);
      return lease.read(target, offset, length);
    }

    @Override
    public int available() throws IOException {
      return lease.available();
    }

    @Override
    public void close() {
      lease.close();
    }
  }

  static final class Output extends OutputStream {
    private final Lease lease;

    Output(Lease lease) {
      this.lease = lease;
    }

    @Override
    public void write(int value) throws IOException {
      lease.write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, source.length);
      lease.write(source, offset, length);
    }

    @Override
    public void close() {
      lease.close();
    }
  }
}
