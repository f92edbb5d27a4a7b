@NullMarked
package io.narfi.querier;

import org.jspecify.annotations.NullMarked;
