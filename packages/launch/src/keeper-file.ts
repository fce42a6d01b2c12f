/**
 * The program (the keeper) that starts a training run and watches it until it ends.
 *
 * This file must stay directly under `src`, next to the program, because both are bundled directly under `dist`.
 */
export const KEEPER_FILE: URL = new URL('./keeper.js', import.meta.url)

/** The program that calls a JavaScript or TypeScript train function. */
export const TRAIN_FN_FILE: URL = new URL('./train-fn.js', import.meta.url)

/** The program that calls a Python train function. */
export const PYTHON_FILE: URL = new URL('../python/train_fn.py', import.meta.url)
