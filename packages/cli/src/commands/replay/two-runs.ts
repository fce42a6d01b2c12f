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
    description: 'The other run directory.',
    completes: { kind: 'directories' },
  },
  metrics: {
    type: 'string',
    repeats: true,
    valueHint: 'GLOB',
    description: 'Only metrics whose names match, such as `val_*` or `*loss*`. May be repeated.',
  },
} as const
