import { existsSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { refusal } from '@hotcb/commands'
import { isLive } from '@hotcb/sweep'
import { launchDriver, readSweepStatus, requestTrials, SweepError, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { inWorkspace, ownProgram, readSweepWords, WORDS } from './place.ts'

/** `herd clean`. */
export const sweepCleanCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    logs: { type: 'boolean', alias: 'l', description: "Also remove the trials' output." },
    all: {
      type: 'boolean',
      alias: 'a',
      description: 'Remove `.hyperherd` with all results. On a terminal, this asks for confirmation.',
    },
    yes: { type: 'boolean', alias: 'y', description: 'Do not ask for confirmation.' },
  },
  about: [
    'Stops all running and waiting trials, and removes the files selected by the flags. The config and the launcher are kept. Files are removed only once no trial is running on this machine.',
  ],
  examples: [
    { type: 'hotcb sweep clean', does: 'stop all trials' },
    { type: 'hotcb sweep clean --all --yes', does: 'stop them and remove their results' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    return inWorkspace(words, context, async (workspace) => {
      if (!existsSync(workspace.paths.state))
        throw new SweepError('refused', `nothing to clean in \`${workspace.paths.root}\``)
      if (args.all === true && args.yes !== true && context.terminal.isTerminal && process.stdin.isTTY)
        await ask(workspace, context)
      return clean(workspace, { logs: args.logs === true, all: args.all === true }, context)
    })
  },
})

async function ask({ paths }: Workspace, { terminal }: CliContext): Promise<void> {
  terminal.err(`Remove ${paths.state} with all results? [y/N]`)
  const input = createInterface({ input: process.stdin })
  const answer = await input.question('')
  input.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw refusal('nothing was removed')
}

async function clean(
  workspace: Workspace,
  { logs, all }: { readonly logs: boolean; readonly all: boolean },
  { terminal, json }: CliContext,
): Promise<ExitCode> {
  const { paths, journal } = workspace
  const requested = journal.fold.trials.size === 0 ? [] : await requestTrials(workspace, 'stop', { all: true })
  const cancelled = requested.map(({ i }) => i)
  if (requested.some(({ executor }) => executor === 'local')) launchDriver(paths, ownProgram('drive'))
  const removed = all ? [paths.state] : logs ? [paths.logs] : []
  if (removed.length > 0) await untilEnded(workspace)
  for (const path of removed) rmSync(path, { recursive: true, force: true })
  if (json) terminal.json({ cancelled, removed })
  else {
    if (cancelled.length > 0) terminal.out(`Cancelled ${cancelled.length} trial(s): ${cancelled.join(', ')}`)
    for (const path of removed) terminal.out(`Removed ${path}`)
    if (cancelled.length + removed.length === 0) terminal.out('No trial is running.')
  }
  return EXIT.done
}

const WAIT_MS = 60_000
const LOOK_MS = 200

/** Waits until the trials on this machine have stopped, because they would write to folders that are being removed. */
async function untilEnded(workspace: Workspace): Promise<void> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    const running = await runningHere(workspace)
    if (running.length === 0) return
    if (performance.now() > deadline) {
      throw new SweepError('refused', `trial ${running.join(', ')} is still running; nothing was removed`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

async function runningHere(workspace: Workspace): Promise<readonly number[]> {
  const { fold } = workspace.journal
  if (fold.trials.size === 0) return []
  const { trials } = await readSweepStatus(workspace)
  const live = trials.filter(({ state }) => isLive(state)).map(({ trial }) => trial.i)
  return live.filter((i) => fold.trials.get(i)?.attempts.at(-1)?.executor === 'local')
}
