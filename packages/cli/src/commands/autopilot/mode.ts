import { withMode } from '@hotcb/autopilot'
import { CONFIG_FILE, editConfig, readAutopilotStatus } from '@hotcb/autopilot/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'
import { sendCommands } from '../ask/send.ts'
import { readAutopilotMode } from './options.ts'

/** `hotcb autopilot mode MODE`. */
export const autopilotModeCommand: CliCommand = cliCommand({
  args: {
    mode: {
      type: 'positional',
      valueHint: 'MODE',
      description: '`off`, `suggest`, `auto`, `ai_suggest` or `ai_auto`.',
      options: ['off', 'suggest', 'auto', 'ai_suggest', 'ai_auto'],
      meanings: {
        off: 'rules are not evaluated',
        suggest: 'rules propose; a person approves',
        auto: 'rules act within their limits',
        ai_suggest: 'a language model proposes, a person approves',
        ai_auto: 'a language model acts within limits',
      },
    },
  },
  about: [
    '`off`: rules are not evaluated. `suggest`: they propose, and a person approves. `auto`: they act within their limits and propose everything else. `ai_suggest` and `ai_auto`: a language model also requests changes; these modes need an autopilot in a separate process.',
    'An autopilot inside the trainer receives a command, which is recorded in the ledger. An autopilot in a separate process reads the mode from `hotcb.autopilot.yaml`; this command writes it there and keeps the comments in the file.',
  ],
  examples: [{ type: 'hotcb --dir runs/exp-001 autopilot mode suggest', does: 'nothing changes without approval' }],
  async run(args, context) {
    const mode = readAutopilotMode(args.mode)
    const run = openRun(context.dir)
    if (readAutopilotStatus(run).module !== null) {
      return sendCommands(context, [{ module: 'autopilot', op: 'mode', params: { mode } }], { conditions: {} }, run)
    }
    editConfig(context, (text) => withMode(text, mode))
    const { holder } = readAutopilotStatus(run)
    const when =
      holder?.isAlive === true
        ? 'the autopilot will read it within seconds'
        : 'no autopilot is running; the next one will use it'
    if (context.json) context.terminal.json({ mode, file: CONFIG_FILE, running: holder?.isAlive === true })
    else context.terminal.out(`mode ${mode} was written to ${CONFIG_FILE}; ${when}`)
    return EXIT.done
  },
})
