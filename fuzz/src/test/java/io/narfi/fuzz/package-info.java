/**
 * Fuzz targets for everything that reads what others wrote: queries, lines, pushes, objects of the bucket. A target is a class with
 * {@code fuzzerTestOneInput}, which Jazzer calls with ever new inputs; it may refuse an input with the exception that the code's callers
 * expect, and must otherwise end in time, in bounded memory, and without throwing. {@link io.narfi.fuzz.FuzzingTest} runs each for a
 * minute in CI ({@code mvn verify -Pfuzz -pl fuzz -am}); {@link io.narfi.fuzz.SeedsTest} runs the seeds of {@code src/test/resources/seeds}
 * and mutations of them in every build. What Jazzer finds becomes a seed.
 */
@NullMarked
package io.narfi.fuzz;

import org.jspecify.annotations.NullMarked;
