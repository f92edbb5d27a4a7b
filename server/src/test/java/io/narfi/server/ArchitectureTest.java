package io.narfi.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Holds the directions of docs/architecture.md. */
@AnalyzeClasses(packages = "io.narfi", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule modulesDependOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("common").definedBy("io.narfi.common..")
            .layer("http").definedBy("io.narfi.http..")
            .layer("logql").definedBy("io.narfi.logql..")
            .layer("storage").definedBy("io.narfi.storage", "io.narfi.storage.object..", "io.narfi.storage.page..", "io.narfi.storage.segment..",
                    "io.narfi.storage.block..", "io.narfi.storage.catalog..", "io.narfi.storage.cache..", "io.narfi.storage.proto..")
            .layer("s3").definedBy("io.narfi.storage.s3..")
            .layer("ingester").definedBy("io.narfi.ingester..")
            .layer("querier").definedBy("io.narfi.querier..")
            .layer("compactor").definedBy("io.narfi.compactor..")
            .layer("gateway").definedBy("io.narfi.gateway..")
            .layer("cli").definedBy("io.narfi.cli..")
            .layer("server").definedBy("io.narfi.server..")
            .whereLayer("common").mayNotAccessAnyLayer()
            .whereLayer("http").mayOnlyAccessLayers("common")
            .whereLayer("logql").mayOnlyAccessLayers("common")
            .whereLayer("storage").mayOnlyAccessLayers("common")
            .whereLayer("s3").mayOnlyAccessLayers("common", "storage")
            .whereLayer("ingester").mayOnlyAccessLayers("common", "http", "storage")
            .whereLayer("querier").mayOnlyAccessLayers("common", "http", "logql", "storage")
            .whereLayer("compactor").mayOnlyAccessLayers("common", "http", "logql", "storage")
            .whereLayer("gateway").mayOnlyAccessLayers("common", "http")
            .whereLayer("cli").mayOnlyAccessLayers("common", "logql");

    @ArchTest
    static final ArchRule theLanguageDoesNoInputOrOutput = noClasses()
            .that().resideInAPackage("io.narfi.logql..")
            .should().dependOnClassesThat().resideInAnyPackage("java.net..", "java.nio.file..", "java.nio.channels..", "io.netty..", "software.amazon..");

    @ArchTest
    static final ArchRule onlyTheS3StoreKnowsAmazonsClient = noClasses()
            .that().resideOutsideOfPackage("io.narfi.storage.s3..")
            .should().dependOnClassesThat().resideInAPackage("software.amazon..");

    @ArchTest
    static final ArchRule onlyTheHttpKitKnowsNetty = noClasses()
            .that().resideOutsideOfPackages("io.narfi.http..", "io.narfi.storage.s3..")
            .should().dependOnClassesThat().resideInAPackage("io.netty..");
}
