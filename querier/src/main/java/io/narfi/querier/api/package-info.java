/** The handlers of Loki's query endpoints: read a request, have it worked on, write the answer. */
@NullMarked
package io.narfi.querier.api;

import org.jspecify.annotations.NullMarked;
