package io.trunkline.spring;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which version this is. */
public final class TrunklineVersion {
  /** As Maven has it, such as {@code 1.2.3}. */
  public static final String VERSION = read();

  /** Written by the build. */
  static final String RESOURCE = "version.properties";

  private TrunklineVersion() {}

  private static String read() {
    try (InputStream file = TrunklineVersion.class.getResourceAsStream(RESOURCE)) {
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
