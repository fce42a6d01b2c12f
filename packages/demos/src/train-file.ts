/**
 * The program that a launcher starts for a built-in example.
 *
 * This file must stay directly under `src`, next to the program: both are bundled directly under `dist`.
 */
export const TRAIN_FILE: URL = new URL('./train.js', import.meta.url)
