package io.narfi.gateway;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Set;

/**
 * Who asks, and what they may.
 *
 * @param name for logs
 * @param tenants those they may name; the first is meant if they name none
 * @param anyTenant whether they may name every tenant
 * @param access the services they may use
 */
record Identity(String name, List<String> tenants, boolean anyTenant, Set<UpstreamKind> access) {
    Identity {
        requireNonNull(name, "name is null");
        tenants = List.copyOf(tenants);
        access = Set.copyOf(access);
    }
}
