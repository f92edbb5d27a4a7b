@NullMarked
package io.narfi.logql;

import org.jspecify.annotations.NullMarked;
