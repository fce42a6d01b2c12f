/**
 * The program of a rank above 0.
 *
 * This file must stay directly under `src`, next to the program: both are bundled directly under `dist`.
 */
export const RANK_FILE: URL = new URL('./rank.js', import.meta.url)
