import { type CliCommand, cliCommand } from '../command.ts'
import { refusal, usageError } from '../errors.ts'
import { SEND_FLAGS } from '../flags.ts'
import { sendCommands } from '../send.ts'

/** `hotcb checkpoint save best`. */
export const checkpointCommand: CliCommand = cliCommand({
  args: {
    action: {
      type: 'positional',
      required: false,
      valueHint: 'save|load|drop',
      description: '`save`; `load` to go back to one; `drop` to delete one. Default: `save`.',
    },
    tag: {
      type: 'positional',
      required: false,
      valueHint: 'TAG',
      description: 'Its name. Default: `step-N` for `save`, the newest for `load`; `drop` needs one.',
    },
    yes: { type: 'boolean', description: 'With `drop`: delete it although a person saved it.' },
    ...SEND_FLAGS,
  },
  about: [
    'Asks the trainer to save what it keeps, at the next safe point, into `hotcb.checkpoints/TAG`; or to load it and go on from its step. What was changed after a loaded checkpoint is cut from the history.',
    '`drop` deletes a checkpoint that a program saved: the trainer, the tuner, an autopilot. One that a person saved, or whose origin is not known, needs `--yes`. Nothing is dropped while the run is frozen.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 checkpoint', does: 'save one, named by its step' },
    { type: 'hotcb checkpoint save best', does: 'save one by name' },
    { type: 'hotcb checkpoint load best', does: 'go back to it' },
    { type: 'hotcb checkpoint drop best --yes', does: 'delete it' },
  ],
  completes: 'tags',
  run(args, context) {
    const { action = 'save', tag, yes = false } = args
    if (action === 'branch') throw refusal('`hotcb checkpoint branch` is not there yet')
    if (action !== 'save' && action !== 'load' && action !== 'drop') {
      throw usageError(
        `\`checkpoint\` knows save, load and drop, got "${action}"`,
        `a tag follows the word: \`checkpoint save ${action}\``,
      )
    }
    if (tag !== undefined && !/^\w[\w.-]{0,99}$/.test(tag)) {
      throw usageError(`TAG must be letters, digits, dots, dashes or underscores, got "${tag}"`)
    }
    if (action === 'drop' && tag === undefined) throw usageError('`checkpoint drop` needs the TAG of a checkpoint')
    if (yes && action !== 'drop') throw usageError(`\`--yes\` belongs to \`checkpoint drop\`, got "${action}"`)
    const params = { action, ...(tag !== undefined && { tag }), ...(yes && { yes }) }
    return sendCommands(context, [{ module: 'core', op: 'checkpoint', params }], args)
  },
})
