import type { ModuleDescriptor, OpDescriptor } from './descriptor.ts'

/**
 * The kernel's own ops. Freezing writes a document, so that it works without a trainer. `freeze` therefore has no
 * command here.
 */
export const CORE_DESCRIPTOR: ModuleDescriptor = {
  name: 'core',
  summary: 'The training loop: pause it, stop it, save checkpoints, undo changes.',
  isTopLevel: true,
  yaml: 'none',
  ops: [
    {
      op: 'revert',
      aliases: ['undo'],
      summary: 'Undo a change.',
      about: [
        'Restores the values from before one change, as a new change. It fails if a later change touched the same controls.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 revert', does: 'undo the latest change' },
        { type: 'hotcb revert 7 --force', does: 'undo change 7, even if later changes touched the same controls' },
      ],
      args: [
        {
          name: 'seq',
          hint: 'SEQ',
          help: 'The number of the change, as shown by `hotcb log`. Default: the latest change in force.',
          kind: 'seq',
          into: 'params.seq',
          optional: true,
        },
      ],
      flags: [
        {
          name: 'force',
          help: 'Even if a later change touched the same controls.',
          kind: 'switch',
          into: 'params.force',
        },
      ],
      text: 'revert[ {seq}]',
    },
    {
      op: 'cancel',
      summary: 'Cancel a command that is waiting for its step.',
      about: ['Cancels a command that is waiting for its step. Its decision is then `expired`.'],
      examples: [{ type: 'hotcb --dir runs/exp-001 cancel 1m81k26kwh0yhe20xdq', does: 'a command set with --at' }],
      args: [
        {
          name: 'cid',
          hint: 'CID',
          help: 'The command, as `hotcb status` shows it; its first or last characters are enough.',
          kind: 'text',
          into: 'params.cid',
          completes: 'held',
        },
      ],
      params: { type: 'object', required: ['cid'] },
      text: 'cancel[ {cid}]',
    },
    {
      op: 'pause',
      summary: 'Pause training at the next safe point; the run still accepts commands.',
      about: [
        'Training waits at the next safe point. The run still accepts commands, so you can set controls in the meantime.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 pause', does: 'at the next safe point' },
        { type: 'hotcb pause --at step=1000', does: 'at step 1000' },
      ],
      text: 'pause',
    },
    {
      op: 'resume',
      summary: 'Resume a paused run.',
      about: ['A run whose process has exited cannot be resumed: start its trainer again to continue it.'],
      examples: [{ type: 'hotcb --dir runs/exp-001 resume', does: 'continue' }],
      text: 'resume',
    },
    {
      op: 'stop',
      summary: 'Stop training.',
      about: [
        'The training loop stops at its next safe point, as if it had reached its last step. This also ends a pause.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 stop', does: 'at the next safe point' },
        { type: 'hotcb stop loss has diverged', does: 'with a reason' },
        { type: 'hotcb stop --at step=5000', does: 'at step 5000' },
      ],
      args: [
        {
          name: 'reason',
          hint: 'REASON',
          help: 'The reason: it is passed to the trainer and recorded in the log.',
          kind: 'words',
          into: 'params.reason',
          optional: true,
        },
      ],
      text: 'stop[ {reason}]',
    },
    {
      op: 'checkpoint',
      summary: 'Save a checkpoint, go back to one, or delete one.',
      about: [
        'Asks the trainer to save its state, at the next safe point, to `hotcb.checkpoints/TAG`; or to load it and continue from its step. Changes after a loaded checkpoint are cut from the history. `branch` saves one for a new run.',
        '`drop` deletes a checkpoint that a program saved: the trainer, the tuner, an autopilot. A checkpoint that a person saved, or whose origin is unknown, needs `--yes`. Nothing is dropped while the run is frozen.',
      ],
      examples: [
        { type: 'hotcb --dir runs/exp-001 checkpoint', does: 'save one, named after its step' },
        { type: 'hotcb checkpoint save best', does: 'save one with a name' },
        { type: 'hotcb checkpoint load best', does: 'go back to it' },
        { type: 'hotcb checkpoint drop best --yes', does: 'delete it' },
      ],
      args: [
        {
          name: 'action',
          hint: 'save|load|drop|branch',
          help: '`save`; `load` to go back to one; `drop` to delete one; `branch` to save one for a new run. Default: `save`.',
          kind: 'text',
          into: 'params.action',
          options: ['save', 'load', 'drop', 'branch'],
          meanings: {
            save: 'save a checkpoint',
            load: 'go back to one',
            drop: 'delete one',
            branch: 'save one for a new run',
          },
          default: 'save',
          optional: true,
        },
        {
          name: 'tag',
          hint: 'TAG',
          help: 'Its name. Default: `step-N` for `save` and `branch`, the latest for `load`; `drop` needs one.',
          kind: 'tag',
          into: 'params.tag',
          optional: true,
          requiredWith: { 'params.action': ['drop'] },
          completes: 'tags',
        },
      ],
      flags: [
        {
          name: 'yes',
          help: 'With `drop`: delete it even if a person saved it.',
          kind: 'switch',
          into: 'params.yes',
          onlyWith: { 'params.action': ['drop'] },
        },
      ],
      params: { type: 'object', properties: { action: { enum: ['save', 'load', 'drop', 'branch'] } } },
      text: 'checkpoint {action=save}[ {tag}]',
    },
    hidden('freeze', 'Write the freeze document.', 'freeze {mode=prod}'),
    hidden('unfreeze', 'Allow changes again.', 'unfreeze'),
    hidden('accept_ledger', 'Continue with a ledger that lost lines.', 'accept the ledger as it is'),
    hidden('attempt', 'A process opened the run.', 'attempt {attempt} begins[, history cut at step {step}]'),
    hidden('yaml', 'A change to hotcb.yaml was applied.', 'hotcb.yaml reconciled'),
    hidden('collective', 'Other ranks were lost.', 'collective'),
  ],
}

function hidden(op: string, summary: string, text: string): OpDescriptor {
  return { op, summary, isHidden: true, text }
}
