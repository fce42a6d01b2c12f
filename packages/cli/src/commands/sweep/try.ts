import { spawn } from 'node:child_process'
import { usageError } from '@hotcb/commands'
import { printable } from '@hotcb/protocol'
import { type TestedTrial, testTrial } from '@hotcb/sweep/node'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'

/** `herd test`. */
export const sweepTestCommand: CliCommand = cliCommand({
  args: {
    words: {
      ...TRIAL_WORDS,
      description: 'The index of the trial. Default: 0. The directory of the sweep may stand before it.',
    },
    'cfg-job': { type: 'boolean', description: 'Only print the config of Hydra: adds `--cfg job --resolve`.' },
    force: { type: 'boolean', alias: 'f', description: 'Test a trial that was started; its results are set aside.' },
  },
  about: [
    'Runs the launcher here with the values of one trial, as a trial gets them, and shows what it prints. It counts as no attempt. A trial that was started is refused, since a test would write among its results; `--force` moves them to `.hyperherd/results/.old`.',
  ],
  examples: [
    { type: 'hotcb sweep test', does: 'try the launcher with trial 0' },
    { type: 'hotcb sweep test 3 --cfg-job', does: 'the config that Hydra makes of trial 3' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    if (context.json) throw usageError('`test` prints what the launcher prints; it has no `--json`')
    const { terminal } = context
    return inWorkspace(words, context, async (workspace) => {
      const index = words.index ?? 0
      const isConfigOnly = args['cfg-job'] === true
      const tested = await testTrial(workspace, index, { isConfigOnly, force: args.force === true })
      for (const path of tested.setAside) terminal.err(`set aside: ${path}`)
      terminal.out(`Testing trial ${index}: ${printable(tested.name)}`)
      terminal.out(terminal.dim(tested.overrides))
      const code = await launch(tested)
      terminal.out(
        code === 0 ? terminal.green('The launcher ended with 0.') : terminal.red(`The launcher ended with ${code}.`),
      )
      return code
    })
  },
})

function launch({ launcher, overrides, env, cwd }: TestedTrial): Promise<ExitCode> {
  return new Promise((resolve) => {
    const child = spawn('bash', [launcher, overrides], { cwd, env, stdio: 'inherit' })
    child.on('error', () => resolve(EXIT.refused))
    child.on('exit', (code) => resolve(code ?? EXIT.refused))
  })
}
