package io.trunkline.transport.jni;

import io.trunkline.failure.Errno;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

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
    Optional<String> defect = defect(path);
    if (defect.isPresent()) {
      throw new NativeUnavailableException(
          "the native library " + path + " cannot be loaded: " + defect.get(), null);
    }
    try {
      System.load(path.toAbsolutePath().toString());
      return "the explicit path " + path;
    } catch (LinkageError first) {
      // The JVM refuses a file that another class loader has loaded, but takes a copy of it.
      try (InputStream file = Files.newInputStream(path)) {
        PrivateCopy.load(file, FILE);
        return "a copy of the explicit path " + path;
      } catch (IOException | LinkageError second) {
        throw new NativeUnavailableException(
            "the native library " + path + " cannot be loaded: " + first.getMessage(), first);
      }
    }
  }

  /** What speaks against a file before it is tried; a file that cannot be read is not tried. */
  private static Optional<String> defect(Path path) {
    try {
      return ElfFile.defect(path);
    } catch (IOException unreadable) {
      return Optional.of(unreadable.toString());
    }
  }

  /** The file that System.loadLibrary would find, if there is one. */
  private static Optional<Path> onLibraryPath() {
    return Arrays.stream(System.getProperty("java.library.path", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder.isEmpty() ? "." : folder, FILE))
        .filter(Files::exists)
        .findFirst();
  }

  private static String search() throws NativeUnavailableException {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw new NativeUnavailableException(
          "there is no native library for " + System.getProperty("os.name"), null);
    }
    if (onLibraryPath().flatMap(NativeLibrary::defect).isPresent()) {
      return loadFromJar(); // as for one that the linker refuses
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
      PrivateCopy.load(library, FILE);
      return "the jar";
    } catch (IOException | LinkageError failed) {
      throw new NativeUnavailableException(
          "the native library from the jar cannot be loaded through "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + failed.getMessage()
              + "; if that directory is mounted noexec or open to others, set -Djava.io.tmpdir to one"
              + " that is not, or put "
              + FILE
              + " on java.library.path",
          failed);
    }
  }

  private static String architecture() {
    String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return name.equals("amd64") ? "x86_64" : name;
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
