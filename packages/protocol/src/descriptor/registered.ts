import type { ModuleDescriptor } from './descriptor.ts'

/** Functions that a trainer registered by path. */
export const CTL_DESCRIPTOR: ModuleDescriptor = {
  name: 'ctl',
  summary: 'Functions that the trainer registered under a path: call or list them.',
  yaml: 'none',
  ops: [
    {
      op: 'call',
      summary: 'Call a registered function at the next safe point.',
      about: [
        'The trainer checks the arguments; the ledger records the outcome. A call cannot be reverted, and a restart does not repeat it; a replay does.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 ctl call optimizer.lr.multiplier 0.5', does: 'with one value' },
        { type: 'hotcb --dir runs/exp-001 ctl call save_ckpt label=manual', does: 'with a named value' },
        { type: 'hotcb ctl call mix \'{"noisy": 0.1}\' --at step=500', does: 'with JSON, at step 500' },
      ],
      args: [
        {
          name: 'path',
          hint: 'PATH',
          help: 'The registered path.',
          kind: 'text',
          into: 'id',
          completes: 'registered',
        },
        {
          name: 'argument',
          hint: 'ARGUMENT',
          help: 'A value, or `NAME=VALUE`: a number, `true`, `false`, text, or JSON.',
          kind: 'values',
          into: 'params',
          optional: true,
        },
      ],
      isRestored: false,
      text: 'call {id}[ {arguments}]',
    },
  ],
}
