import type { ModuleDescriptor, OpDescriptor } from './descriptor.ts'

/**
 * The tuner of a training run. Its changes are ops of other modules, so recipes leave out its own ops. The tuner
 * restores its state from its own ledger lines, so a restart re-applies none of them.
 */
export const TUNE_DESCRIPTOR: ModuleDescriptor = {
  name: 'tune',
  summary: 'The tuner: let it search, stop it, and see what it did.',
  yaml: 'switch',
  ops: [
    {
      op: 'enable',
      summary: 'Let the tuner search.',
      about: [
        '`active` changes controls on its own and judges each change. `suggest` proposes changes, for you to answer with `hotcb tune accept` or `hotcb tune reject`. `observe` judges changes that others make. A tuner that has paused after rejections resumes.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 tune enable', does: 'let it propose and apply' },
        { type: 'hotcb --dir runs/exp-001 tune enable --mode suggest', does: 'only let it propose' },
      ],
      flags: [
        {
          name: 'mode',
          hint: 'MODE',
          help: '`active`, `suggest`, `observe` or `off`. Default: `active`.',
          kind: 'text',
          into: 'params.mode',
          options: ['active', 'suggest', 'observe', 'off'],
          meanings: {
            active: 'propose, apply, judge',
            suggest: 'propose; a person accepts',
            observe: 'judge changes that others make',
            off: 'do nothing',
          },
          default: 'active',
        },
      ],
      inverse: { op: 'enable' },
      history: 'none',
      isRestored: false,
      text: 'enable {subject}, mode {mode=active}',
    },
    {
      op: 'disable',
      summary: 'Stop the tuner.',
      examples: [{ type: 'hotcb --dir runs/exp-001 tune disable', does: 'values that it has set stay set' }],
      inverse: { op: 'enable' },
      history: 'none',
      isRestored: false,
      text: 'disable {subject}',
    },
    {
      op: 'set',
      aliases: ['set_params', 'set-params'],
      summary: 'Set tuner options.',
      about: ['The options are those in its recipe, by their dotted names.'],
      examples: [
        { type: 'hotcb --dir runs/exp-001 tune set acceptance.epsilon=0.01', does: 'one option' },
        {
          type: 'hotcb --dir runs/exp-001 tune set actuators.opt.keys.lr.range=[0.001,0.1]',
          does: 'the smallest and largest rate that it may set',
        },
      ],
      args: [
        {
          name: 'assignment',
          hint: 'KEY=VALUE',
          help: 'The dotted name of an option, and its new value.',
          kind: 'pairs',
          into: 'params',
        },
      ],
      inverse: {},
      history: 'none',
      isRestored: false,
      text: '{changes}',
    },
    record('reject', 'A person rejects a suggested change.', 'reject {m}'),
    record('status', 'Write the state of the tuner to the ledger.', 'status {subject}'),
    record('propose', 'What the tuner is about to try.', 'propose {m}: {key} {from} → {to}, by {by}'),
    record(
      'judge',
      'The verdict on a change.',
      'judge [{m}][#{of}]: {decision}, score {score}, z {z}, after {n} points',
    ),
    own('rescue', 'It goes back to a checkpoint, since training has diverged.', '{kind}: {value}'),
  ],
}

/**
 * Describes an op that has no command on a command line: the tuner submits it, or a user writes it into a command file.
 */
function own(op: string, summary: string, text: string): OpDescriptor {
  return { op, summary, isHidden: true, history: 'none', isRestored: false, text }
}

function record(op: string, summary: string, text: string): OpDescriptor {
  return { ...own(op, summary, text), isRecord: true }
}
