/**
 * The terms that the loss is a weighted sum of.
 *
 * - `cross_entropy`: of the right class, mean over the batch, natural logarithm.
 * - `label_smoothing`: cross entropy against all classes equally. Weights `1 - e` and `e` of the two are label smoothing by
 *   `e` (Szegedy et al. 2016, section 7).
 * - `activity`: mean square of the outputs of the last hidden layer.
 */
export type LossTerm = 'cross_entropy' | 'label_smoothing' | 'activity'

/** All terms, in the order in which their weights go into the compiled loss. */
export const LOSS_TERMS: readonly LossTerm[] = ['cross_entropy', 'label_smoothing', 'activity']

/** A value for each of some terms. */
export type ValuesOf<Term extends string> = { [term in Term]: number }

/** A value for each term. */
export type LossTermValues = ValuesOf<LossTerm>

/** Weights of the terms at the start: plain classification. */
export const DEFAULT_LOSS_WEIGHTS: Readonly<LossTermValues> = { cross_entropy: 1, label_smoothing: 0, activity: 0 }
