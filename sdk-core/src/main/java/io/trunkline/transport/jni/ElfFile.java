package io.trunkline.transport.jni;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;

/**
 * Looks at a shared library before the dynamic linker does (elf(5)). The linker maps a file whose
 * end is missing as if it were there, and the JVM dies of SIGBUS at the first use of what is not.
 */
final class ElfFile {
  private static final int HEADER_BYTES = 64;
  private static final int MAGIC = 0x7f454c46;
  private static final int BITS_64 = 2;
  private static final int PROGRAM_ENTRY_BYTES = 56;
  private static final int LOADED = 1;
  private static final int X86_64 = 62;
  private static final int AARCH64 = 183;

  private ElfFile() {}

  /** Why it cannot be loaded; empty if it may be, or if it is better left to the linker to say. */
  static Optional<String> defect(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer header = read(channel, 0, HEADER_BYTES);
      if (header.remaining() < HEADER_BYTES || header.getInt(0) != MAGIC) {
        return Optional.of("it is no ELF file");
      }
      if (header.get(4) != BITS_64) {
        return Optional.empty(); // the linker names the width
      }
      header.order(header.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
      int machine = header.getShort(18) & 0xffff;
      int ours = machine(System.getProperty("os.arch", ""));
      if (ours != 0 && machine != ours) {
        return Optional.of(
            "it is for " + name(machine) + ", this JVM runs on " + System.getProperty("os.arch"));
      }
      long end = Math.max(endOfSections(header), endOfSegments(channel, header));
      return end < 0 || end > size
          ? Optional.of("it is cut off: " + size + " bytes are there of " + end)
          : Optional.empty();
    }
  }

  private static long endOfSections(ByteBuffer header) {
    return header.getLong(40) + (long) count(header, 60) * count(header, 58);
  }

  private static long endOfSegments(FileChannel channel, ByteBuffer header) throws IOException {
    int entries = count(header, 56);
    ByteBuffer table =
        read(channel, Math.max(0, header.getLong(32)), entries * PROGRAM_ENTRY_BYTES)
            .order(header.order());
    long end = header.getLong(32) + (long) entries * PROGRAM_ENTRY_BYTES;
    for (int at = 0; at + PROGRAM_ENTRY_BYTES <= table.remaining(); at += PROGRAM_ENTRY_BYTES) {
      if (table.getInt(at) == LOADED) {
        end = Math.max(end, table.getLong(at + 8) + table.getLong(at + 32));
      }
    }
    return end;
  }

  private static int count(ByteBuffer header, int at) {
    return header.getShort(at) & 0xffff;
  }

  /** Up to so many bytes from there. */
  private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    int count = 0;
    while (bytes.hasRemaining() && count >= 0) {
      count = channel.read(bytes, from + bytes.position());
    }
    return bytes.flip();
  }

  private static int machine(String architecture) {
    return switch (architecture.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default -> 0;
    };
  }

  private static String name(int machine) {
    return switch (machine) {
      case X86_64 -> "x86_64";
      case AARCH64 -> "aarch64";
      default -> "ELF machine " + machine;
    };
  }
}
