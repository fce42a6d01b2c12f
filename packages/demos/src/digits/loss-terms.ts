/**
 * The terms whose weighted sum is the loss.
 *
 * - `cross_entropy`: cross entropy of the correct class, averaged over the batch, with the natural logarithm.
 * - `label_smoothing`: cross entropy against all classes equally. Weights `1 - e` and `e` of these two terms give label
 * smoothing by `e` (Szegedy et al. 2016, section 7).
 * - `activity`: the mean square of the last hidden layer's outputs.
 */
export type LossTerm = 'cross_entropy' | 'label_smoothing' | 'activity'

/** All terms, in the order in which their weights go into the compiled loss. */
export const LOSS_TERMS: readonly LossTerm[] = ['cross_entropy', 'label_smoothing', 'activity']

/** A value for each of some terms. */
export type ValuesOf<Term extends string> = { [term in Term]: number }

/** A value for each term. */
export type LossTermValues = ValuesOf<LossTerm>

/** The initial weights of the terms: plain classification. */
export const DEFAULT_LOSS_WEIGHTS: Readonly<LossTermValues> = { cross_entropy: 1, label_smoothing: 0, activity: 0 }
