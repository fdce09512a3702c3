package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds, loads and checks the native library, once for this class loader: an explicit path and
 * nothing after it, else the library path, else the copy in the jar through a private temporary
 * directory.
 */
final class NativeLibrary {
  private static final String NAME = "trunkline";
  private static final String FILE = "lib" + NAME + ".so";

  /** Null until a library was loaded and trusted. */
  private static String loadedFrom;

  private static Optional<Path> loadedExplicitly = Optional.empty();

  private NativeLibrary() {}

  /**
   * Where it was loaded from, in words. The first success decides for the life of the class loader.
   *
   * @throws NativeUnavailableException also if it is loaded already, but not from the explicit path
   */
  static synchronized String load(Optional<Path> explicit) throws NativeUnavailableException {
    if (loadedFrom == null) {
      String from = explicit.isPresent() ? loadExplicit(explicit.get()) : search();
      verify(from);
      loadedFrom = from;
      loadedExplicitly = explicit;
    }
    if (explicit.isPresent() && !explicit.equals(loadedExplicitly)) {
      throw new NativeUnavailableException(
          "the native library is loaded already, from "
              + loadedFrom
              + ", and a JVM loads it once; set the same path for every manager",
          null);
    }
    return loadedFrom;
  }

  private static String loadExplicit(Path path) throws NativeUnavailableException {
    try {
      System.load(path.toAbsolutePath().toString());
      return "the explicit path " + path;
    } catch (LinkageError first) {
      // The JVM refuses a file that another class loader has loaded, but takes a copy of it.
      try (InputStream file = Files.newInputStream(path)) {
        loadCopy(file);
        return "a copy of the explicit path " + path;
      } catch (IOException | LinkageError second) {
        throw new NativeUnavailableException(
            "the native library " + path + " cannot be loaded: " + first.getMessage(), first);
      }
    }
  }

  private static String search() throws NativeUnavailableException {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw new NativeUnavailableException(
          "there is no native library for " + System.getProperty("os.name"), null);
    }
    try {
      System.loadLibrary(NAME);
      return "java.library.path";
    } catch (UnsatisfiedLinkError | NoSuchMethodError notThereOrNotOurs) {
      return loadFromJar();
    }
  }

  private static String loadFromJar() throws NativeUnavailableException {
    String resource = "META-INF/native/linux-" + architecture() + "/" + FILE;
    try (InputStream library = NativeLibrary.class.getClassLoader().getResourceAsStream(resource)) {
      if (library == null) {
        throw new NativeUnavailableException(
            "this build holds no native library for linux-"
                + architecture()
                + " ("
                + resource
                + "); build it with gcc and make installed",
            null);
      }
      loadCopy(library);
      return "the jar";
    } catch (IOException | LinkageError failed) {
      throw new NativeUnavailableException(
          "the native library from the jar cannot be loaded through "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + failed.getMessage()
              + "; if that directory is mounted noexec, set -Djava.io.tmpdir to one that is not,"
              + " or put "
              + FILE
              + " on java.library.path",
          failed);
    }
  }

  private static String architecture() {
    String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return name.equals("amd64") ? "x86_64" : name;
  }

  /**
   * Through a directory that only this user can enter, so that nobody can put another file in its
   * place.
   */
  private static void loadCopy(InputStream library) throws IOException {
    FileAttribute<Set<PosixFilePermission>> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    Path directory = Files.createTempDirectory("trunkline-", ownerOnly);
    Path file = directory.resolve(FILE);
    try {
      Files.copy(library, file);
      System.load(file.toString());
    } finally {
      // The mapping outlives the name.
      Files.deleteIfExists(file);
      Files.deleteIfExists(directory);
    }
  }

  private static void verify(String from) throws NativeUnavailableException {
    try {
      int abi = NativeCalls.abiVersion();
      if (abi != NativeCalls.ABI) {
        throw new NativeUnavailableException(
            "the native library from "
                + from
                + " has ABI "
                + abi
                + ", these classes need "
                + NativeCalls.ABI
                + "; both must be of one version of Trunkline",
            null);
      }
      int result = NativeCalls.selfCheck();
      if (result < 0) {
        throw new NativeUnavailableException(
            "the self-check of the native library failed: " + Errno.name(-result), null);
      }
    } catch (LinkageError otherVersion) {
      throw new NativeUnavailableException(
          "the native library from " + from + " is not of this version", otherVersion);
    }
  }
}
