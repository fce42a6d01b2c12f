/**
 * The program of a rank above 0.
 *
 * This file must stay right under `src`, and the program beside it: both are bundled right under `dist`.
 */
export const RANK_FILE: URL = new URL('./rank.js', import.meta.url)
