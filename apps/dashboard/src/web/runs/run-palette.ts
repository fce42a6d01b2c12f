// Twelve colours that are far apart in OKLab, even for people who cannot distinguish red from green, with a contrast of at least 3 to 1.
// `trial-1`, `trial-2` and so on get them in this order.

/** On a white background. */
export const LIGHT_COLORS: readonly string[] = [
  '#0c2dbb',
  '#a94608',
  '#006b19',
  '#bb086f',
  '#0386b1',
  '#a68510',
  '#6e41db',
  '#429e68',
  '#79243f',
  '#10636f',
  '#b156ea',
  '#710385',
]

/** The same hues on a black background. */
export const DARK_COLORS: readonly string[] = [
  '#537feb',
  '#fe8449',
  '#46b250',
  '#fb78b0',
  '#82c8ea',
  '#fed252',
  '#aa9afc',
  '#abe9bf',
  '#b2707f',
  '#51a7b5',
  '#e7cafd',
  '#b25ec5',
]
