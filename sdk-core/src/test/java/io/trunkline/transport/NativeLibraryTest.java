package io.trunkline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.ChildJvm;
import io.trunkline.transport.jni.JniTransport;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the native library is found, checked and refused; each case in a JVM of its own. */
@Timeout(60)
class NativeLibraryTest {
  private static final String FILE = "libtrunkline.so";

  @TempDir private Path directory;

  @BeforeEach
  void needsTheLibrary() {
    TestTransports.jni().close();
  }

  private static ChildJvm probe() {
    return ChildJvm.of(LoaderProbe.class);
  }

  private ChildJvm probeWithOwnTemporaryDirectory() {
    return probe().option("-Djava.io.tmpdir=" + directory);
  }

  private static Path builtClasses() throws Exception {
    return Path.of(JniTransport.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static Path builtLibrary() throws Exception {
    try (Stream<Path> files = Files.walk(builtClasses().resolve("META-INF/native"))) {
      return files.filter(file -> file.endsWith(FILE)).findFirst().orElseThrow();
    }
  }

  /** The class path with a copy of the classes that has no library in it. */
  private String classPathWithoutLibrary() throws Exception {
    Path classes = builtClasses();
    Path copy = directory.resolve("classes");
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.startsWith(classes.resolve("META-INF/native"))) {
          Path target = copy.resolve(classes.relativize(file).toString());
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    }
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().equals(classes) ? copy.toString() : entry)
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Compiles a library that is not ours. */
  private Path compile(String source) throws Exception {
    Path c = Files.writeString(directory.resolve("other.c"), source);
    Path library = directory.resolve("libother.so");
    try {
      Process cc =
          new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), c.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      Assumptions.assumeTrue(
          cc.waitFor(30, TimeUnit.SECONDS) && cc.exitValue() == 0, "cc cannot build a library");
    } catch (IOException none) {
      Assumptions.abort("no C compiler: " + none.getMessage());
    }
    return library;
  }

  private static long warnings(String output) {
    return output.lines().filter(line -> line.contains(" WARN ")).count();
  }

  // ---- where it comes from ----

  @Test
  void comesFromTheJarAndLeavesNothingInTheTemporaryDirectory() throws Exception {
    String said = probeWithOwnTemporaryDirectory().run("create").successful();
    assertThat(said).contains("runs on: native library from the jar", "left: 0");
  }

  @Test
  void temporaryDirectoryIsTheOwnersAlone() throws Exception {
    String said =
        probeWithOwnTemporaryDirectory().after("umask 000").run("permissions").successful();
    assertThat(said).contains("seen: [rwx------]");
  }

  @Test
  void comesFromTheExplicitPath() throws Exception {
    Path library = Files.copy(builtLibrary(), directory.resolve("renamed.so"));
    String said =
        probe()
            .option("-Djava.io.tmpdir=/no/such/directory") // not needed for it
            .run("managers", library.toString())
            .successful();
    assertThat(said).contains("transport: jni", "the explicit path " + library);
  }

  @Test
  void comesFromTheLibraryPathBeforeTheJar() throws Exception {
    Files.copy(builtLibrary(), directory.resolve(FILE));
    String said =
        probeWithOwnTemporaryDirectory()
            .option("-Djava.library.path=" + directory)
            .classPath(classPathWithoutLibrary())
            .run("create")
            .successful();
    assertThat(said).contains("runs on: native library from java.library.path", "left: 0");
  }

  @Test
  void worksInTwoClassLoadersOfOneJvm() throws Exception {
    String said = probeWithOwnTemporaryDirectory().run("loaders").successful();
    assertThat(said).contains("class loaders: 2").doesNotContain("unavailable");
    assertThat(said.lines().filter(line -> line.startsWith("runs on:"))).hasSize(6);
  }

  @Test
  void worksFromAnExplicitPathInTwoClassLoaders() throws Exception {
    String said =
        probeWithOwnTemporaryDirectory().run("loaders", builtLibrary().toString()).successful();
    assertThat(said)
        .contains("the explicit path", "a copy of the explicit path", "class loaders: 2")
        .doesNotContain("unavailable");
    assertThat(said.lines().filter(line -> line.startsWith("runs on:"))).hasSize(6);
  }

  // ---- when it cannot be used ----

  @Test
  void wrongExplicitPathIsTheReasonAndNothingElseIsTried() throws Exception {
    Path nowhere = directory.resolve("nowhere.so");
    String said = probe().run("create", nowhere.toString()).successful();
    assertThat(said).contains("unavailable:", nowhere.toString()).doesNotContain("runs on:");
  }

  @Test
  void nativeTransportDoesNotStartWithoutItAndSaysWhy() throws Exception {
    Path nowhere = directory.resolve("nowhere.so");
    String said = probe().run("native", nowhere.toString()).successful();
    assertThat(said)
        .contains("start failed: transport is native, but", nowhere.toString())
        .doesNotContain("transport: ");
  }

  @Test
  void autoFallsBackToTheJdkWithOneWarning() throws Exception {
    String said =
        probeWithOwnTemporaryDirectory()
            .classPath(classPathWithoutLibrary())
            .run("managers")
            .successful();
    assertThat(said.lines().filter(line -> line.equals("transport: jdk"))).hasSize(3);
    assertThat(warnings(said)).as(said).isEqualTo(1);
    assertThat(said).contains("this build holds no native library for linux-");
  }

  @Test
  void jdkTransportNeedsNoLibraryAndGivesNoWarning() throws Exception {
    String said =
        probeWithOwnTemporaryDirectory()
            .classPath(classPathWithoutLibrary())
            .run("jdk")
            .successful();
    assertThat(said).contains("transport: jdk");
    assertThat(warnings(said)).as(said).isZero();
  }

  @Test
  void usableLibraryGivesNoWarning() throws Exception {
    String said = probe().run("managers").successful();
    assertThat(said.lines().filter(line -> line.equals("transport: jni"))).hasSize(3);
    assertThat(said).doesNotContain("WARN").containsOnlyOnce("runs on the jni transport");
  }

  @Test
  void fileThatIsNoLibraryIsRefused() throws Exception {
    Path text = Files.writeString(directory.resolve("text.so"), "not a library");
    String said = probe().run("create", text.toString()).successful();
    assertThat(said).contains("unavailable:", text.toString());
  }

  @Test
  void libraryOfAnotherAbiIsRefused() throws Exception {
    Path library =
        compile(
            "int Java_io_trunkline_transport_jni_NativeCalls_abiVersion(void *e, void *c)"
                + "{ (void)e; (void)c; return 99; }\n");
    String said = probe().run("create", library.toString()).successful();
    assertThat(said).contains("unavailable:", "has ABI 99", "one version of Trunkline");
  }

  @Test
  void libraryWithoutTheCallsIsRefused() throws Exception {
    Path library = compile("int nothing;\n");
    String said = probe().run("create", library.toString()).successful();
    assertThat(said).contains("unavailable:", "is not of this version");
  }

  @Test
  void noexecTemporaryDirectoryIsNamedWithItsFix() throws Exception {
    Path mounted = Files.createDirectory(directory.resolve("noexec"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", mounted.toString()),
        "only root can mount a noexec directory");
    try {
      String said = probe().option("-Djava.io.tmpdir=" + mounted).run("create").successful();
      assertThat(said)
          .contains(
              "unavailable:", mounted.toString(), "noexec", "set -Djava.io.tmpdir", "left: 0");
    } finally {
      assertThat(run("umount", mounted.toString())).isTrue();
    }
  }

  // ---- somebody else's hands ----

  @Test
  void libraryThatIsCutOffIsRefusedAndDoesNotEndTheJvm() throws Exception {
    byte[] whole = Files.readAllBytes(builtLibrary());
    for (int length : new int[] {0, 63, 64, 1_000, 4_096, whole.length / 2, whole.length - 100}) {
      Path cut = Files.write(directory.resolve("cut.so"), Arrays.copyOf(whole, length));
      String said = probe().run("create", cut.toString()).successful();
      assertThat(said)
          .as("%d of %d bytes", length, whole.length)
          .contains("unavailable: the native library " + cut + " cannot be loaded: it is ")
          .doesNotContain("runs on:");
    }
  }

  @Test
  void libraryPathWithACutOffFileIsPassedOver() throws Exception {
    byte[] whole = Files.readAllBytes(builtLibrary());
    Files.write(directory.resolve(FILE), Arrays.copyOf(whole, whole.length / 2));
    String said =
        probeWithOwnTemporaryDirectory()
            .option("-Djava.library.path=" + directory)
            .run("create")
            .successful();
    assertThat(said).contains("runs on: native library from the jar", "left: 0");
  }

  @Test
  void tableThatPointsBeyondTheFileIsRefused() throws Exception {
    byte[] library = Files.readAllBytes(builtLibrary());
    for (int at : new int[] {32, 40}) { // the tables of segments and of sections
      byte[] tampered = library.clone();
      Arrays.fill(tampered, at, at + 7, (byte) 0xff);
      Path file = Files.write(directory.resolve("tampered.so"), tampered);
      String said = probe().run("create", file.toString()).successful();
      assertThat(said).contains("unavailable: ", "it is cut off").doesNotContain("runs on:");
    }
  }

  @Test
  void libraryOfAnotherArchitectureIsNamed() throws Exception {
    byte[] library = Files.readAllBytes(builtLibrary());
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    library[18] = (byte) (arm ? 62 : 183);
    Path other = Files.write(directory.resolve("other.so"), library);
    String said = probe().run("create", other.toString()).successful();
    assertThat(said).contains("it is for " + (arm ? "x86_64" : "aarch64") + ", this JVM runs on ");
  }

  @Test
  void ourLibraryOfAnotherAbiIsRefused() throws Exception {
    Path source = Path.of("src", "main", "c").toAbsolutePath();
    Path copy = Files.createDirectory(directory.resolve("c"));
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName().toString()));
      }
    }
    Path header = copy.resolve("jni_common.h");
    Files.writeString(
        header, Files.readString(header).replaceFirst("TRUNKLINE_ABI [0-9]+", "TRUNKLINE_ABI 77"));
    Assumptions.assumeTrue(
        run(
            "make",
            "-C",
            copy.toString(),
            "OUT=" + directory,
            "JAVA_HOME=" + System.getProperty("java.home")),
        "make cannot build the library");
    String said = probe().run("create", directory.resolve(FILE).toString()).successful();
    assertThat(said).contains("unavailable:", "has ABI 77", "both must be of one version");
  }

  @Test
  void temporaryDirectoryInWhichEverybodyMayRenameIsRefused() throws Exception {
    Path open = Files.createDirectory(directory.resolve("open"));
    Path inside = Files.createDirectory(open.resolve("inside"));
    assertThat(run("chmod", "777", open.toString())).isTrue();
    for (Path hostile : new Path[] {open, inside}) { // a rename above is as good
      assertThat(createIn(hostile))
          .contains("unavailable:", "everybody may write to " + open, "without the sticky bit")
          .contains("set -Djava.io.tmpdir", "left: 0")
          .doesNotContain("runs on:");
    }
    assertThat(run("chmod", "1777", open.toString())).isTrue(); // as /tmp
    assertThat(createIn(inside)).contains("runs on: native library from the jar", "left: 0");
  }

  @Test
  void temporaryDirectoryOfAnotherUserIsRefused() throws Exception {
    Path theirs = Files.createDirectory(directory.resolve("theirs"));
    Assumptions.assumeTrue(
        run("chown", "65533", theirs.toString()), "only root can give a directory away");
    assertThat(createIn(theirs))
        .contains("unavailable:", theirs + " belongs to another user (uid 65533)", "left: 0");
  }

  @Test
  void linkIsFollowedBeforeAnybodyCanChangeIt() throws Exception {
    Path good = Files.createDirectory(directory.resolve("good"));
    Path open = Files.createDirectory(directory.resolve("open"));
    assertThat(run("chmod", "777", open.toString())).isTrue();
    Path toGood = Files.createSymbolicLink(open.resolve("link"), good);
    Path toOpen = Files.createSymbolicLink(good.resolve("link"), open);
    assertThat(createIn(toGood)).contains("runs on: native library from the jar", "left: 0");
    assertThat(createIn(toOpen)).contains("unavailable:", "everybody may write to " + open);
    Path library = Files.createSymbolicLink(directory.resolve("link.so"), builtLibrary());
    assertThat(probe().run("create", library.toString()).successful())
        .contains("runs on: native library from the explicit path " + library);
  }

  private static String createIn(Path temporary) throws Exception {
    return probe().option("-Djava.io.tmpdir=" + temporary).run("create").successful();
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException missing) {
      return false;
    }
  }

  // ---- how it uses JNI ----

  @Test
  void checkedJniHasNothingToSay() throws Exception {
    String said = probe().option("-Xcheck:jni").run("echo").successful();
    assertThat(said)
        .contains("READ_TIMED_OUT CLEAN", "ESTABLISHED", "REFUSED", "session ended")
        .doesNotContain("WARNING", "FATAL");
  }
}
