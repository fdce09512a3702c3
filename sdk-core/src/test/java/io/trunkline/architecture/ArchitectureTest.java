package io.trunkline.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The layers of the house, as docs/architecture.md shows them. */
class ArchitectureTest {
  private static final String ROOT = "io.trunkline";

  /** Each package may use those that come after it, and no other. */
  private static final List<String> LAYERS =
      List.of(
          ROOT,
          ROOT + ".pool",
          ROOT + ".breaker",
          ROOT + ".connect",
          ROOT + ".transport.jni",
          ROOT + ".transport.jdk",
          ROOT + ".transport.tls",
          ROOT + ".transport",
          ROOT + ".observe.micrometer",
          ROOT + ".observe.jfr",
          ROOT + ".observe.log",
          ROOT + ".observe",
          ROOT + ".config",
          ROOT + ".failure",
          ROOT + ".net",
          ROOT + ".time");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void everyPackageHasItsLayer() {
    Set<String> packages =
        CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());
    assertThat(packages).containsExactlyInAnyOrderElementsOf(LAYERS);
  }

  @Test
  void packagesUseOnlyThoseBelowThem() {
    for (int layer = 1; layer < LAYERS.size(); layer++) {
      noClasses()
          .that()
          .resideInAPackage(LAYERS.get(layer))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(LAYERS.subList(0, layer).toArray(String[]::new))
          .check(CLASSES);
    }
  }

  @Test
  void thereIsNoCycleOfPackages() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nativeMethodsAreInOneClass() {
    methods()
        .that()
        .haveModifier(JavaModifier.NATIVE)
        .should()
        .beDeclaredInClassesThat()
        .haveFullyQualifiedName(ROOT + ".transport.jni.NativeCalls")
        .check(CLASSES);
  }

  @Test
  void onlyTheRootPicksATransport() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".pool", ROOT + ".breaker", ROOT + ".connect")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT + ".transport.jni", ROOT + ".transport.jdk")
        .check(CLASSES);
  }
}
