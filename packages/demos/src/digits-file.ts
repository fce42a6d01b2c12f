/**
 * Where the packed digits are: `data/digits.csv.gz` of this package.
 *
 * This file must stay right under `src`: bundles are written right under `dist`, so the way to `data` is the same from both.
 */
export const DIGITS_FILE: URL = new URL('../data/digits.csv.gz', import.meta.url)
