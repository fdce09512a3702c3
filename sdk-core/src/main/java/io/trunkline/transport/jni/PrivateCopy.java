package io.trunkline.transport.jni;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Loads a library through a copy that nobody else can put another file in the place of: in a new
 * directory that only this user can enter, below directories in which nobody but this user and root
 * can rename it. Both are deleted at once.
 */
final class PrivateCopy {
  private static final int ROOT = 0;
  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;

  private PrivateCopy() {}

  /**
   * Copies and loads it.
   *
   * @throws IOException if there can be no such copy; the message names the directory
   * @throws LinkageError if the copy cannot be loaded
   */
  static void load(InputStream library, String fileName) throws IOException {
    FileAttribute<Set<PosixFilePermission>> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    // Without links, for whoever can change one of them chooses the directory.
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    Path directory = Files.createTempDirectory(temporary, "trunkline-", ownerOnly);
    Path file = directory.resolve(fileName);
    try {
      int self = attribute(directory, "uid");
      for (Path each = temporary; each != null; each = each.getParent()) {
        requireSafe(each, self);
      }
      Files.copy(library, file);
      System.load(file.toString());
    } finally {
      // The mapping outlives the name.
      Files.deleteIfExists(file);
      Files.deleteIfExists(directory);
    }
  }

  /** Only the owner of a directory, and who may write to it, can rename what lies in it. */
  private static void requireSafe(Path directory, int self) throws IOException {
    int owner = attribute(directory, "uid");
    if (owner != ROOT && owner != self) {
      throw new IOException(
          directory
              + " belongs to another user (uid "
              + owner
              + "), who could replace the library");
    }
    int mode = attribute(directory, "mode");
    if ((mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0) {
      throw new IOException(
          "everybody may write to "
              + directory
              + " (mode "
              + Integer.toOctalString(mode & 07777)
              + ", without the sticky bit), and could replace the library");
    }
  }

  private static int attribute(Path path, String name) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:" + name);
  }
}
