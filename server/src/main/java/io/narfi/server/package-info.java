@NullMarked
package io.narfi.server;

import org.jspecify.annotations.NullMarked;
