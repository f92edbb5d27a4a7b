@NullMarked
package io.narfi.http;

import org.jspecify.annotations.NullMarked;
