/**
 * The program that keeps a training run.
 *
 * This file must stay directly under `src`, next to the program: both are bundled right under `dist`.
 */
export const KEEPER_FILE: URL = new URL('./keeper.js', import.meta.url)

/** The program that calls a train function in JavaScript or TypeScript. */
export const TRAIN_FN_FILE: URL = new URL('./train-fn.js', import.meta.url)

/** The program that calls a train function in Python. */
export const PYTHON_FILE: URL = new URL('../python/train_fn.py', import.meta.url)
