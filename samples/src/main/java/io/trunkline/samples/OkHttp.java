package io.trunkline.samples;

import io.trunkline.samples.okhttp.OkHttpCommand;

/** OkHttp whose connections come from Trunkline. Start it with {@code samples/okhttp.sh}. */
public final class OkHttp {
  private OkHttp() {}

  public static void main(String[] args) {
    System.exit(OkHttpCommand.commandLine().execute(args));
  }
}
