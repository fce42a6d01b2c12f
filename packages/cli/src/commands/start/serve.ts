import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { readDocument } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import type { CliContext, ServedDashboard, ServeOptions } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { openRun } from '../../run.ts'
import { untilSignal } from '../../until-signal.ts'
import { ALLOW_FLAG, agentsOfDashboard } from '../agents/dashboard-agents.ts'
import { AUTOPILOT_FLAG, KEY_METRIC_FLAG, readAutopilotMode, readKeyMetric } from '../autopilot/options.ts'
import { ownProgram } from '../sweep/place.ts'

/** `hotcb serve`: runs the dashboard, which the published program passes in. */
export const serveCommand: CliCommand = cliCommand({
  args: {
    root: {
      type: 'string',
      repeats: true,
      valueHint: 'DIR',
      description: 'Serve the runs below DIR (the working directory).',
    },
    host: {
      type: 'string',
      valueHint: 'ADDRESS',
      description: 'Listen on ADDRESS (127.0.0.1). Any other address needs a token.',
    },
    port: {
      type: 'string',
      number: 'port',
      valueHint: 'N',
      description: 'Listen on port N (8421); 0 selects a free port.',
    },
    token: {
      type: 'string',
      valueHint: 'TEXT',
      description: 'The token. By default, one is generated and printed if needed.',
    },
    tokens: {
      type: 'string',
      valueHint: 'FILE',
      isNamed: true,
      description: 'Tokens with names and roles; create them with `serve token add`.',
    },
    user: { type: 'string', valueHint: 'NAME', isNamed: true, description: 'The default author of commands.' },
    'base-path': {
      type: 'string',
      valueHint: 'PATH',
      isNamed: true,
      description: 'The path under which a proxy serves it, such as /user/ada/proxy/8421/.',
    },
    'allowed-origin': {
      type: 'string',
      repeats: true,
      valueHint: 'ORIGIN',
      description: 'The origin of a proxy that serves it, such as https://hub.example.org.',
    },
    open: { type: 'boolean', description: 'Open it in a browser.' },
    config: {
      type: 'string',
      valueHint: 'FILE',
      description: 'A YAML file with tunable settings; `/api/config` lists them.',
    },
    allow: ALLOW_FLAG,
    autopilot: AUTOPILOT_FLAG,
    'key-metric': KEY_METRIC_FLAG,
  },
  about: [
    'Serves the runs to a browser until it is interrupted. The first line of the output is the address. `--dir RUN` serves one run.',
    'Prefer `HOTCB_TOKEN` to `--token`: other users of the machine can see the command line.',
    'It also starts a notifier, which records the alerts of all runs for the dashboard. If notifications are configured, the notifier also sends messages, as `hotcb notify run` does.',
    'An owner can start training runs from the dashboard: the built-in examples, and those in the config files `hotcb.launch.yaml` and `hotcb.launch.NAME.yaml` (or `.json`) in the served directories.',
    "Agents can connect to the same runs at `/mcp` with the Model Context Protocol and the same tokens. They can only read. With an operator's or an owner's token, `--allow propose` lets the agent ask people to approve a change, and `--allow control` lets it change runs. With an owner's token, `--allow sweep` also lets it start and stop trials.",
    '`--autopilot` runs the rules of one run like `hotcb autopilot run`, until the dashboard exits; `ai_suggest` and `ai_auto` also call a language model.',
  ],
  examples: [
    { type: 'hotcb serve', does: 'all runs below the working directory' },
    { type: 'hotcb --dir runs/exp-001 serve --open', does: 'one run, opened in the browser' },
    {
      type: 'hotcb --dir runs/exp-001 serve --autopilot auto --key-metric val_loss',
      does: 'one run, with rules that act on it',
    },
    { type: 'hotcb serve --root runs --host 0.0.0.0', does: 'also for other machines; the address contains a token' },
    {
      type: 'hotcb serve --tokens team.json',
      does: 'for several people, each with their own token and their name in the ledger',
    },
    {
      type: 'hotcb serve --base-path /user/ada/proxy/8421/ --allowed-origin https://hub.example.org',
      does: "behind JupyterHub's proxy",
    },
  ],
  async run(args, context) {
    const { startDashboard } = context.ports
    if (startDashboard === undefined)
      throw refusal('this program was built without the dashboard', 'use `npx hotcb serve`, which includes it')
    const { host, token, tokens, user, config, 'base-path': basePath, 'allowed-origin': origins } = args
    const autopilot = await autopilotOf(args, context)
    const served = places(args.root, context)
    const agents = await agentsOfDashboard(args.allow, context)
    return serve(startDashboard, context, autopilot, {
      ...served,
      ...(await launcherOf(served, context)),
      mcp: agents(...(served.dir === undefined ? [] : [served.dir]), ...(served.roots ?? [])),
      sweepDriver: ownProgram('drive'),
      ...(host === undefined ? {} : { host }),
      ...(args.port === undefined ? {} : { port: Number(args.port) }),
      ...(token === undefined ? {} : { token }),
      ...(tokens === undefined ? {} : { tokens: resolve(tokens) }),
      ...(user === undefined ? {} : { user }),
      ...(basePath === undefined ? {} : { basePath }),
      ...(origins === undefined ? {} : { allowedOrigins: origins.split(',') }),
      ...(config === undefined ? {} : { configYaml: readConfig(config) }),
      open: args.open ?? false,
      env: context.env,
    })
  },
})

type StartAutopilot = () => { close(): void }

/** Returns a function that starts the autopilot once the dashboard is listening; undefined if no autopilot was requested. */
async function autopilotOf(
  {
    autopilot,
    'key-metric': keyMetric,
  }: { readonly autopilot?: string | undefined; readonly 'key-metric'?: string | undefined },
  context: CliContext,
): Promise<StartAutopilot | undefined> {
  if (autopilot === undefined) {
    if (keyMetric !== undefined) throw usageError('`--key-metric` requires `--autopilot`')
    return undefined
  }
  const mode = readAutopilotMode(autopilot)
  if (!context.dirGiven) throw usageError('`--autopilot` watches one run', 'choose one with `--dir RUN`')
  const metric = keyMetric === undefined ? undefined : readKeyMetric(keyMetric)
  const { startBeside } = await import('../autopilot/beside.ts')
  return () => startBeside(context, { mode, keyMetric: metric })
}

/** Creates the launcher that lets owners start training runs from the dashboard. */
async function launcherOf(
  { dir, roots }: Pick<ServeOptions, 'dir' | 'roots'>,
  { ports, env }: CliContext,
): Promise<Pick<ServeOptions, 'launcher'>> {
  if (ports.trainings === undefined) return {}
  const { openLauncher } = await import('@hotcb/launch/node')
  const given = { trainings: await ports.trainings(), author: env['USER'], env }
  return { launcher: openLauncher({ dir, roots, ports: given }) }
}

function places(root: string | undefined, { dir, dirGiven }: CliContext): Pick<ServeOptions, 'dir' | 'roots'> {
  const roots = (root ?? '').split(',').filter((path) => path !== '')
  const full = roots.map((path) => resolve(path))
  for (const root of roots) requireDirectory(root)
  // Reject a directory that is not a run: a mistyped name would be served as an empty run.
  if (dirGiven) return { dir: resolve(openRun(dir).dir), roots: full }
  return { roots: full.length === 0 ? [resolve('.')] : full }
}

function requireDirectory(root: string): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw refusal(`\`--root\` must be a directory, but \`${root}\` is not one`)
}

function readConfig(path: string): string {
  let document: { readonly text: string } | null
  try {
    document = readDocument(path)
  } catch (error) {
    throw refusal(messageOf(error))
  }
  if (document === null) throw refusal(`the config file \`${path}\` does not exist`)
  return document.text
}

async function serve(
  startDashboard: NonNullable<CliContext['ports']['startDashboard']>,
  context: CliContext,
  startAutopilot: StartAutopilot | undefined,
  options: ServeOptions,
): Promise<ExitCode> {
  const { terminal, json } = context
  // This comes before the dashboard starts, so that a run that already has an autopilot is rejected immediately.
  const autopilot = startAutopilot?.()
  const dashboard = await start(startDashboard, options).catch((error: unknown) => {
    autopilot?.close()
    throw error
  })
  const { address, port, notes } = dashboard
  const interrupted = untilSignal()
  if (json) terminal.json({ address, port, notes })
  else {
    terminal.out(address)
    for (const note of notes) terminal.err(note)
  }
  const { startNotifierBeside } = await import('../notify/beside.ts')
  const notifier = startNotifierBeside(context, options.dir === undefined ? (options.roots ?? []) : [options.dir])
  await interrupted
  autopilot?.close()
  await Promise.all([notifier.close(), dashboard.close()])
  return EXIT.interrupted
}

async function start(
  startDashboard: NonNullable<CliContext['ports']['startDashboard']>,
  options: ServeOptions,
): Promise<ServedDashboard> {
  try {
    return await startDashboard(options)
  } catch (error) {
    throw refusal(messageOf(error))
  }
}
