import { LEVELS } from '@hotcb/notify'
import { oneLine } from '@hotcb/protocol'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { ABOUT_CONFIG, CONFIG_FLAG, requireConfig } from './notify-config.ts'
import { sendToChannels } from './send-now.ts'

const LONGEST_TEXT = 1000

/** `hotcb notify send`. */
export const notifySendCommand: CliCommand = cliCommand({
  args: {
    text: { type: 'positional', variadic: true, required: true, valueHint: 'TEXT', description: 'The message.' },
    to: {
      type: 'string',
      repeats: true,
      valueHint: 'CHANNEL',
      description: 'Only send to this channel. Default: all channels.',
    },
    title: { type: 'string', valueHint: 'TEXT', description: 'The title. Default: the name of the run.' },
    level: { type: 'enum', options: [...LEVELS], default: 'info', description: 'The urgency. Default: info.' },
    config: CONFIG_FLAG,
  },
  about: [
    'Sends a message now, for example from a script. Rules, limits and quiet hours do not apply. The exit code is 1 if a channel does not accept it.',
    ABOUT_CONFIG,
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 notify send "The data set is ready"', does: 'to all channels' },
    { type: 'hotcb notify send --to phone --level critical "disk is full"', does: 'to one channel' },
  ],
  run(args, context) {
    const { config } = requireConfig(context, args.config)
    const names = (args.to ?? '').split(',').filter((name) => name !== '')
    return sendToChannels(context, config, names, {
      title: oneLine(args.title ?? 'hotcb'),
      text: oneLine(args._.join(' '), LONGEST_TEXT),
      level: LEVELS.find((level) => level === args.level) ?? 'info',
      rule: 'send',
      phase: 'sent',
    })
  },
})
