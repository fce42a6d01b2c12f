import { spawn } from 'node:child_process'
import { refusal, usageError } from '@hotcb/commands'
import { messageOf, printable } from '@hotcb/protocol'
import { type TestedTrial, testConfigs, testTrial, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, readSweepWords, TRIAL_WORDS } from './place.ts'

/** `herd test`. */
export const sweepTestCommand: CliCommand = cliCommand({
  args: {
    words: {
      ...TRIAL_WORDS,
      description: 'The index of the trial. Default: 0. The sweep directory may come before it.',
    },
    'cfg-job': { type: 'boolean', description: 'Only print the Hydra config, by adding `--cfg job --resolve`.' },
    all: { type: 'boolean', description: 'With `--cfg-job`: check the config of every trial.' },
    force: {
      type: 'boolean',
      alias: 'f',
      description: 'Test a trial that has already been started; its results are set aside.',
    },
  },
  about: [
    "Runs the launcher here with one trial's values and shows its output. The test does not count as an attempt. A trial that has already been started is refused, because a test would overwrite its results; `--force` moves them to `.hyperherd/results/.old`.",
  ],
  examples: [
    { type: 'hotcb sweep test', does: 'try the launcher with trial 0' },
    { type: 'hotcb sweep test 3 --cfg-job', does: 'show the config that Hydra composes for trial 3' },
    { type: 'hotcb sweep test --all --cfg-job', does: 'check whether Hydra accepts every trial' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { takesIndex: true }, context)
    if (context.json) throw usageError("`test` prints the launcher's output; it has no `--json`")
    if (args.all === true && args['cfg-job'] !== true)
      throw refusal('`--all` requires `--cfg-job`, which only checks configs')
    if (args.all === true && words.index !== undefined)
      throw refusal('`--all` tests every trial and cannot be combined with an index')
    const { terminal } = context
    if (args.all === true) return inWorkspace(words, context, (workspace) => testAll(workspace, context))
    return inWorkspace(words, context, async (workspace) => {
      const index = words.index ?? 0
      const isConfigOnly = args['cfg-job'] === true
      const tested = await testTrial(workspace, index, { isConfigOnly, force: args.force === true })
      for (const path of tested.setAside) terminal.err(`set aside: ${path}`)
      terminal.out(`Testing trial ${index}: ${printable(tested.name)}`)
      terminal.out(terminal.dim(tested.overrides))
      const code = await launch(tested)
      terminal.out(
        code === 0 ? terminal.green('The launcher exited with 0.') : terminal.red(`The launcher exited with ${code}.`),
      )
      return code
    })
  },
})

/** Composes the config for every trial, and shows the errors for those that fail. */
async function testAll(workspace: Workspace, { terminal }: CliContext): Promise<ExitCode> {
  const trials = await testConfigs(workspace)
  const failed: { readonly title: string; readonly err: string }[] = []
  for (const [at, tested] of trials.entries()) {
    const { code, err } = await capture(tested)
    const place = `[${String(at + 1).padStart(String(trials.length).length + 2)}/${trials.length}]`
    terminal.out(`${place} ${code === 0 ? terminal.green('OK') : terminal.red('FAIL')} ${printable(tested.name)}`)
    if (code !== 0) failed.push({ title: `trial ${tested.i} ${printable(tested.name)} exited with ${code}`, err })
  }
  for (const { title, err } of failed) {
    terminal.err(`${title}:`)
    for (const line of err.slice(-MOST_SHOWN).trimEnd().split('\n')) terminal.err(printable(line))
  }
  return failed.length === 0 ? EXIT.done : EXIT.refused
}

/** The number of characters of a trial's error output that are shown. */
const MOST_SHOWN = 1000

function capture({
  launcher,
  overrides,
  env,
  cwd,
}: TestedTrial): Promise<{ readonly code: number; readonly err: string }> {
  return new Promise((resolve) => {
    let err = ''
    const child = spawn('bash', [launcher, overrides], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-MOST_SHOWN)
    })
    child.on('error', (error) => resolve({ code: EXIT.refused, err: messageOf(error) }))
    child.on('close', (code) => resolve({ code: code ?? EXIT.refused, err }))
  })
}

function launch({ launcher, overrides, env, cwd }: TestedTrial): Promise<ExitCode> {
  return new Promise((resolve) => {
    const child = spawn('bash', [launcher, overrides], { cwd, env, stdio: 'inherit' })
    child.on('error', () => resolve(EXIT.refused))
    child.on('exit', (code) => resolve(code ?? EXIT.refused))
  })
}
