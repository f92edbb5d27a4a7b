@NullMarked
package io.narfi.compactor;

import org.jspecify.annotations.NullMarked;
