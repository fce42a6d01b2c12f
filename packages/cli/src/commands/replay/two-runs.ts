/** The arguments of commands that compare two runs. */
export const TWO_RUNS = {
  a: {
    type: 'positional',
    required: true,
    valueHint: 'A',
    description: 'A run directory.',
    completes: { kind: 'directories' },
  },
  b: {
    type: 'positional',
    required: true,
    valueHint: 'B',
    description: 'Another one.',
    completes: { kind: 'directories' },
  },
  metrics: {
    type: 'string',
    repeats: true,
    valueHint: 'GLOB',
    description: 'Only metrics of such names: `val_*`, `*loss*`. May be repeated.',
  },
} as const
