package io.trunkline.netns;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes and removes network namespaces, and runs commands in them. The name of each begins with the
 * id of this process, so that one that was left behind by a killed process is known as such: the
 * first one that is made removes them all.
 */
final class Namespaces {
  private static final Path NAMES = Path.of("/run/netns");
  private static final Path ETC = Path.of("/etc/netns");
  private static final Pattern OURS = Pattern.compile("tl(\\d+)[a-z]+");

  private Namespaces() {}

  /** Done once: whoever makes a namespace goes through here. */
  private static final class Stale {
    static final int REMOVED = removeStale();
  }

  /**
   * A new namespace.
   *
   * @param suffix letters that no other namespace of this process has
   */
  static String add(String suffix) {
    if (Stale.REMOVED > 0) {
      System.out.println("removed " + Stale.REMOVED + " network namespaces of an earlier run");
    }
    String name = name(suffix);
    run("ip", "netns", "add", name);
    run("ip", "-n", name, "link", "set", "lo", "up");
    return name;
  }

  static String name(String suffix) {
    return "tl" + ProcessHandle.current().pid() + suffix;
  }

  /** What {@code ip netns exec} puts in the place of files in /etc, for one namespace. */
  static void etc(String namespace, String file, String text) {
    try {
      Files.createDirectories(ETC.resolve(namespace));
      Files.writeString(ETC.resolve(namespace).resolve(file), text);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Removes a namespace, if it is there; whoever is in it should have ended before. */
  static void remove(String namespace) {
    if (Files.exists(NAMES.resolve(namespace))) {
      run("ip", "netns", "del", namespace);
    }
    Path etc = ETC.resolve(namespace);
    if (!Files.isDirectory(etc)) {
      return;
    }
    try (Stream<Path> files = Files.list(etc)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
      Files.delete(etc);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Those of processes that are no more, and who still is in them. How many there were. */
  static int removeStale() {
    int removed = 0;
    for (Path folder : List.of(NAMES, ETC)) {
      for (String each : names(folder)) {
        Matcher ours = OURS.matcher(each);
        if (ours.matches() && isOver(Long.parseLong(ours.group(1)))) {
          if (folder.equals(NAMES)) {
            run("ip", "netns", "pids", each).lines().forEach(Namespaces::kill);
            removed++;
          }
          remove(each);
        }
      }
    }
    return removed;
  }

  private static boolean isOver(long pid) {
    return ProcessHandle.of(pid).isEmpty();
  }

  private static void kill(String pid) {
    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
  }

  private static List<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(each -> each.getFileName().toString()).toList();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  static void sysctl(String namespace, String key, String value) {
    in(namespace, "sh", "-c", "echo '" + value + "' > /proc/sys/net/" + key);
  }

  /** A counter of the group TcpExt in /proc/net/netstat, such as ListenDrops. */
  static long tcpExt(String namespace, String counter) {
    List<String> lines =
        in(namespace, "cat", "/proc/net/netstat")
            .lines()
            .filter(each -> each.startsWith("TcpExt:"))
            .toList();
    int at = List.of(lines.get(0).split(" ")).indexOf(counter);
    if (at < 0) {
      throw new IllegalArgumentException("no counter " + counter + " in /proc/net/netstat");
    }
    return Long.parseLong(lines.get(1).split(" ")[at]);
  }

  /** Runs a command in a namespace; what it said, if it succeeded. */
  static String in(String namespace, String... command) {
    return input("", inside(namespace, command));
  }

  static String run(String... command) {
    return input("", command);
  }

  /** Runs lines of ip(8) in a namespace. */
  static void ip(String namespace, String lines) {
    input(lines, "ip", "-n", namespace, "-batch", "-");
  }

  /** Loads rules into a namespace's firewall. */
  static void nft(String namespace, String rules) {
    input(rules, inside(namespace, "nft", "-f", "-"));
  }

  /** The command line that runs a command in a namespace. */
  private static String[] inside(String namespace, String... command) {
    List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    whole.addAll(List.of(command));
    return whole.toArray(String[]::new);
  }

  private static String input(String text, String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(String.join(" ", command) + ": no end after 10 s");
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output);
      }
      return output;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }
}
