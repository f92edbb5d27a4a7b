/**
 * What a push must keep to, per tenant: the limits of {@code contract/push-validation.md}, their texts and metrics; and what is added on the
 * way: {@code service_name}, {@code detected_level}, generic fields. {@link io.narfi.ingester.validate.PushValidator} is the way in. Of storage it
 * only knows how large a row can be.
 */
@NullMarked
package io.narfi.ingester.validate;

import org.jspecify.annotations.NullMarked;
