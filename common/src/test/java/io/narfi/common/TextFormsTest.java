package io.narfi.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextFormsTest {
    @ParameterizedTest
    @CsvSource({"1h,1h", "721h,30d1h", "7d,1w", "0,0s", "1m30s,1m30s", "1500ms,1s500ms", "365d,1y", "8d,8d"})
    void prometheusDurationsRoundTrip(String text, String printed) {
        assertThat(Durations.formatPrometheus(Durations.parsePrometheus(text))).isEqualTo(printed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'';empty duration string",
                "5;not a valid duration string: \"5\"",
                "5minutes;unknown unit \"minutes\" in duration \"5minutes\"",
                "1.5h;unknown unit \".\" in duration \"1.5h\"",
                "' 5m ';not a valid duration string: \" 5m \"",
                "1h1d;not a valid duration string: \"1h1d\"",
                "99999999999y;duration out of range"
            })
    void prometheusDurationsAreRefusedWithTheLibrarysText(String text, String message) {
        assertThatThrownBy(() -> Durations.parsePrometheus(text)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"1h15m30.918273645s,4530918273645", "-1.5h,-5400000000000", "0,0", "1us,1000", "1.5ms,1500000", "+5s,5000000000", ".5s,500000000"})
    void goDurations(String text, long nanos) {
        assertThat(Durations.parseGo(text)).isEqualTo(nanos);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "10;time: missing unit in duration \"10\"",
                "1d;time: unknown unit \"d\" in duration \"1d\"",
                "abc;time: invalid duration \"abc\"",
                "'';time: invalid duration \"\"",
                "9223372036854775808ns;time: invalid duration \"9223372036854775808ns\""
            })
    void goDurationsAreRefusedWithTheLibrarysText(String text, String message) {
        assertThatThrownBy(() -> Durations.parseGo(text)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"7200000000000000,2000h0m0s", "1500000000,1.5s", "250000000,250ms", "0,0s", "90000000000,1m30s", "1500,1.5µs", "-1,-1ns"})
    void goDurationsPrint(long nanos, String text) {
        assertThat(Durations.formatGo(nanos)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"256kb,262144,256KB", "1536KB,1572864,1536KB", "3MB,3145728,3MB", "0,0,0B", "1.5GiB,1610612736,1536MB", "77,77,77B"})
    void byteSizes(String text, long bytes, String printed) {
        assertThat(ByteSizes.parse(text)).isEqualTo(bytes);
        assertThat(ByteSizes.format(bytes)).isEqualTo(printed);
    }

    @Test
    void humanSizes() {
        assertThat(ByteSizes.humanIec(161061273600L)).isEqualTo("150 GiB");
        assertThat(ByteSizes.humanIec(1610612736L)).isEqualTo("1.5 GiB");
        assertThat(ByteSizes.humanSi(17_000_000)).isEqualTo("17 MB");
        assertThat(ByteSizes.humanSi(9)).isEqualTo("9 B");
    }

    @Test
    void ulidsAscendAndTellTheirTime() {
        Ulids ulids = new Ulids(InstantSource.fixed(Instant.ofEpochMilli(1_793_491_200_123L)));
        String last = ulids.next();
        assertThat(Ulids.millis(last)).isEqualTo(1_793_491_200_123L);
        for (int i = 0; i < 1000; i++) {
            String next = ulids.next();
            assertThat(next).isGreaterThan(last).hasSize(26);
            last = next;
        }
        assertThatThrownBy(() -> Ulids.millis("x")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tenants() {
        Tenants t = new Tenants(true);
        assertThat(t.all("b|a|a")).containsExactly("a", "b");
        assertThat(t.single("a:sub")).isEqualTo("a");
        assertThatThrownBy(() -> t.single("a|b")).hasMessage("multiple org IDs present");
        assertThatThrownBy(() -> t.single(null)).isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(401));
        assertThatThrownBy(() -> t.single("a/b")).hasMessage("tenant ID 'a/b' contains unsupported character '/'");
        assertThatThrownBy(() -> t.single("..")).hasMessage("tenant ID is '.' or '..'");
        assertThatThrownBy(() -> t.single("x".repeat(151))).hasMessage("tenant ID is too long: max 150 characters");
        assertThat(new Tenants(false).single("a|b")).isEqualTo("fake");
    }
}
