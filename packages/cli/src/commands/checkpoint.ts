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
      valueHint: 'save|load',
      description: '`save`, or `load` to go back to one. Default: `save`.',
    },
    tag: {
      type: 'positional',
      required: false,
      valueHint: 'TAG',
      description: 'Its name. Default: `step-N` for `save`, the newest for `load`.',
    },
    ...SEND_FLAGS,
  },
  about: [
    'Asks the trainer to save what it keeps, at the next safe point, into `hotcb.checkpoints/TAG`; or to load it and go on from its step. What was changed after a loaded checkpoint is cut from the history.',
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 checkpoint', does: 'save one, named by its step' },
    { type: 'hotcb checkpoint save best', does: 'save one by name' },
    { type: 'hotcb checkpoint load best', does: 'go back to it' },
  ],
  completes: 'tags',
  run(args, context) {
    const { action = 'save', tag } = args
    if (action === 'branch') throw refusal('`hotcb checkpoint branch` is not there yet')
    if (action !== 'save' && action !== 'load') {
      throw usageError(
        `\`checkpoint\` knows save and load, got "${action}"`,
        `a tag follows the word: \`checkpoint save ${action}\``,
      )
    }
    if (tag !== undefined && !/^\w[\w.-]{0,99}$/.test(tag)) {
      throw usageError(`TAG must be letters, digits, dots, dashes or underscores, got "${tag}"`)
    }
    const params = tag === undefined ? { action } : { action, tag }
    return sendCommands(context, [{ module: 'core', op: 'checkpoint', params }], args)
  },
})
