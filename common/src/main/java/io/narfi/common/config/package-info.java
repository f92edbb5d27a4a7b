/**
 * Configuration as records: a component is a setting, its {@link io.narfi.common.config.Setting} gives the YAML key (Loki's own where the
 * concept exists), the default and how the text is read. {@link io.narfi.common.config.ConfigReader} makes a record from YAML and finds
 * unknown keys with file and line, {@link io.narfi.common.config.ConfigWriter} prints it back with secrets masked.
 */
@NullMarked
package io.narfi.common.config;

import org.jspecify.annotations.NullMarked;
