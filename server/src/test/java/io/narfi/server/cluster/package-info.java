/** Real Narfi processes for tests: started from the test's own class path, on loopback, killed and restarted at will. */
@NullMarked
package io.narfi.server.cluster;

import org.jspecify.annotations.NullMarked;
