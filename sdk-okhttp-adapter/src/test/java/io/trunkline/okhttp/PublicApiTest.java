package io.trunkline.okhttp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class PublicApiTest {
  @Test
  void nothingInternalOfOkHttpIsUsed() {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.trunkline.okhttp");
    noClasses()
        .that()
        .resideInAPackage("io.trunkline.okhttp..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("okhttp3.internal..")
        .check(classes);
  }
}
