/**
 * The location of the packed digits: `data/digits.csv.gz` of this package.
 *
 * This file must stay directly under `src`: bundles are written directly under `dist`, so the relative path to `data` is the
 * same from both.
 */
export const DIGITS_FILE: URL = new URL('../data/digits.csv.gz', import.meta.url)
