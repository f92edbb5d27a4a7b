@NullMarked
package io.narfi.ingester;

import org.jspecify.annotations.NullMarked;
