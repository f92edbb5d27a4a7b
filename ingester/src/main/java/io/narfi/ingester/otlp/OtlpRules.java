package io.narfi.ingester.otlp;

import static java.util.Objects.requireNonNull;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.narfi.common.Limits;
import io.narfi.common.Limits.OtlpConfig.AttributeRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What happens with attributes, from a tenant's {@code otlp_config} (contract/http-api.md §4.3). The first rule that names an attribute
 * counts; the list of default labels stands before the tenant's own rules unless {@code ignore_defaults} is set.
 */
public final class OtlpRules {
    /** What becomes of an attribute. */
    enum Action {
        LABEL,
        METADATA,
        DROP
    }

    private record Rule(Action action, Set<String> names, @Nullable Pattern regex) {
        boolean names(String attribute) {
            return regex == null ? names.contains(attribute) : regex.matches(attribute);
        }
    }

    private final Limits limits;
    private final List<Rule> resource;
    private final List<Rule> scope;
    private final List<Rule> log;

    /**
     * @param defaultLabels resource attributes that become labels ({@code distributor.otlp_config})
     * @throws IllegalArgumentException if a regular expression is broken
     */
    public OtlpRules(Limits limits, List<String> defaultLabels) {
        this.limits = requireNonNull(limits, "limits is null");
        Limits.OtlpConfig config = limits.otlpConfig();
        List<Rule> rules = new ArrayList<>();
        if (!config.resourceAttributes().ignoreDefaults() && !defaultLabels.isEmpty()) {
            rules.add(new Rule(Action.LABEL, Set.copyOf(defaultLabels), null));
        }
        rules.addAll(rules(config.resourceAttributes().attributesConfig()));
        resource = List.copyOf(rules);
        scope = rules(config.scopeAttributes());
        log = rules(config.logAttributes());
    }

    private static List<Rule> rules(List<AttributeRule> configured) {
        return configured.stream().map(OtlpRules::rule).toList();
    }

    private static Rule rule(AttributeRule r) {
        Action action =
                switch (r.action()) {
                    case "index_label" -> Action.LABEL;
                    case "drop" -> Action.DROP;
                    default -> Action.METADATA;
                };
        try {
            return new Rule(action, Set.copyOf(r.attributes()), r.regex().isEmpty() ? null : Pattern.compile(r.regex()));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("otlp_config: regex " + r.regex() + ": " + e.getMessage(), e);
        }
    }

    /** The limits that these rules were made of. */
    public Limits limits() {
        return limits;
    }

    Action resource(String attribute) {
        return action(resource, attribute);
    }

    Action scope(String attribute) {
        return action(scope, attribute);
    }

    Action log(String attribute) {
        return action(log, attribute);
    }

    private static Action action(List<Rule> rules, String attribute) {
        for (Rule r : rules) {
            if (r.names(attribute)) {
                return r.action;
            }
        }
        return Action.METADATA;
    }

    boolean severityTextAsLabel() {
        return limits.otlpConfig().severityTextAsLabel();
    }

    /** Labels that may give the service its name; empty: none is looked for. */
    List<String> serviceNames() {
        return limits.discoverServiceName();
    }
}
