/**
 * What streams and lines are like, for people who look around ({@code contract/http-api.md} sections 9 and 10): volumes, sizes of streams,
 * labels, fields and patterns. Most of it comes from indexes and page directories; what a task finds can be merged with what others found.
 */
@NullMarked
package io.narfi.querier.discover;

import org.jspecify.annotations.NullMarked;
