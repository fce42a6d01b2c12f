import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { ABOUT_CONFIG, CONFIG_FLAG, requireConfig } from './notify-config.ts'
import { sendToChannels } from './send-now.ts'

/** `hotcb notify test`. */
export const notifyTestCommand: CliCommand = cliCommand({
  args: {
    channels: {
      type: 'positional',
      variadic: true,
      required: false,
      valueHint: 'CHANNEL',
      description: 'Only these channels. Default: all.',
    },
    config: CONFIG_FLAG,
  },
  about: [
    "Sends a test message to each channel now and prints each channel's answer. Rules, limits and quiet hours do not apply. The exit code is 1 if a channel does not accept it.",
    ABOUT_CONFIG,
  ],
  examples: [
    { type: 'hotcb --dir runs/exp-001 notify test', does: 'test all channels' },
    { type: 'hotcb notify test phone', does: 'test one channel' },
  ],
  run(args, context) {
    const { config } = requireConfig(context, args.config)
    return sendToChannels(context, config, args._, {
      title: 'hotcb: test message',
      text: 'Messages about your runs will look like this.',
      level: 'info',
      rule: 'test',
      phase: 'test',
    })
  },
})
