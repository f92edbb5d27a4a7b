@NullMarked
package io.narfi.gateway;

import org.jspecify.annotations.NullMarked;
