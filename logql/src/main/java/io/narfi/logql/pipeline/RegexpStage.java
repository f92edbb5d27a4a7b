package io.narfi.logql.pipeline;

import io.narfi.logql.regex.GroupMatcher;
import io.narfi.logql.regex.Regex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code | regexp "…"} (§6.8). */
final class RegexpStage implements RowStage {
    private static final byte[] NONE = {};

    private final GroupMatcher matcher;
    private final int[] groups;
    private final Name[] names;

    private RegexpStage(GroupMatcher matcher, int[] groups, Name[] names) {
        this.matcher = matcher;
        this.groups = groups;
        this.names = names;
    }

    /** @throws StageException if no group, or two alike, are named */
    static RowStage.Factory compile(String expression) {
        Regex regex = Regex.compile(expression);
        List<String> labels = new ArrayList<>();
        List<Integer> groups = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        String[] groupNames = regex.groupNames();
        for (int g = 1; g < groupNames.length; g++) {
            String name = groupNames[g];
            if (name != null) {
                String clean = LabelNames.sanitize(name);
                if (!seen.add(clean)) {
                    throw new StageException("duplicate extracted label name '" + clean + "'");
                }
                labels.add(clean);
                groups.add(g);
            }
        }
        if (labels.isEmpty()) {
            throw new StageException("at least one named capture must be supplied");
        }
        int[] numbers = groups.stream().mapToInt(Integer::intValue).toArray();
        return builder -> new RegexpStage(regex.matcher(), numbers, labels.stream().map(builder.names::pin).toArray(Name[]::new));
    }

    @Override
    public boolean run(LabelBuilder entry) {
        if (Extractor.isIdle(entry) || !matcher.find(entry.line, entry.lineFrom, entry.lineTo)) {
            return true;
        }
        for (int i = 0; i < groups.length; i++) {
            Name target = entry.target(names[i]);
            if (!entry.wants(target)) {
                continue;
            }
            int from = matcher.start(groups[i]);
            int outcome = from < 0
                    ? Extractor.write(entry, target, NONE, 0, 0)
                    : Extractor.write(entry, target, entry.line, from, matcher.end(groups[i]));
            if (outcome != Extractor.NEXT) {
                return outcome != Extractor.REJECTED;
            }
        }
        return true;
    }
}
