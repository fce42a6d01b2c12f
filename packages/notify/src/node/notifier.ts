import { messageOf } from '@hotcb/protocol'
import { isRunDirectory, openRunDirectory, openSecretStore, type SecretStore } from '@hotcb/run/node'
import type { NotifyConfig, NotifyMessage } from '../types.ts'
import { type Answers, createAnswers } from './answers.ts'
import type { ApprovalPort, NotifyChannel } from './channel.ts'
import type { TerminalPort } from './channels/terminal.ts'
import { createDispatcher, type Dispatcher } from './dispatcher.ts'
import { openMachineKey } from './machine-key.ts'
import { openChannels } from './open-channels.ts'
import { type NotifierEngine, openRunNotifier, type RunNotifier, type RunNotifierPorts } from './run-notifier.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The services that a configuration's channels need. */
export interface NotifyPorts {
  /** The environment that contains the variables for `env:NAME`. */
  readonly env: Env
  readonly terminal: TerminalPort
  /** Receives answers from chats. Null without an autopilot, in which case messages have no buttons. */
  readonly approvals: ApprovalPort | null
  /** Reports a problem to the person at the terminal, in one line without secrets. */
  onTrouble(text: string): void
}

/** The open channels of one configuration. */
export interface OpenChannels {
  readonly channels: readonly NotifyChannel[]
  readonly dispatcher: Dispatcher
  readonly answers: Answers | null
  readonly secrets: SecretStore
  close(): Promise<void>
}

/** The error for an unusable configuration, with one line for each reason. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems[0] ?? 'the configuration cannot be used')
    this.problems = problems
  }
}

/** Whether an error is a {@link NotifyError}. It checks the name, because a program may contain two copies of this class. */
export function isNotifyError(error: unknown): error is NotifyError {
  return error instanceof Error && error.name === 'NotifyError'
}

/**
 * Opens all channels of a configuration.
 *
 * @param listen Whether answers are accepted from chats. @defaultValue true if there is an autopilot to receive them
 * @throws NotifyError that lists every channel that cannot be opened.
 */
export async function openNotifyChannels(
  config: NotifyConfig,
  ports: NotifyPorts,
  listen: boolean = ports.approvals !== null,
): Promise<OpenChannels> {
  const secrets = openSecretStore(ports.env)
  const { channels, problems } = await openChannels(config.channels, { secrets, terminal: ports.terminal })
  const close = async (): Promise<void> => void (await Promise.all(channels.map((channel) => channel.close())))
  if (problems.length > 0) {
    await close()
    throw new NotifyError(problems)
  }
  const dispatcher = createDispatcher(channels, config, (text) => secrets.scrub(text))
  const answers = listen ? createAnswers(config.operators, openMachineKey(ports.env)) : null
  const open: OpenChannels = { channels, dispatcher, answers, secrets, close: () => dispatcher.close() }
  if (answers !== null) await listenToAll(open, answers, ports)
  return open
}

async function listenToAll({ channels, secrets }: OpenChannels, answers: Answers, ports: NotifyPorts): Promise<void> {
  for (const channel of channels) {
    if (!answers.isOpen(channel)) continue
    const onTrouble = (text: string): void => ports.onTrouble(secrets.scrub(`channel \`${channel.name}\`: ${text}`))
    try {
      await channel.listen?.({ onPress: (pressed) => answers.press(channel, pressed), onTrouble })
    } catch (error) {
      // Messages are still sent, but their buttons do not work.
      onTrouble(`answers cannot be received: ${messageOf(error)}`)
    }
  }
}

/** Sends one message to channels now, without rules, limits or a log. Returns the answer from each channel. */
export async function sendNow(
  { channels, secrets }: Pick<OpenChannels, 'channels' | 'secrets'>,
  message: NotifyMessage,
  names: readonly string[],
): Promise<readonly { readonly channel: string; readonly ok: boolean; readonly reason: string | null }[]> {
  const wanted = channels.filter(({ name }) => names.includes(name))
  return Promise.all(
    wanted.map(async (channel) => {
      const id = `${message.run}.${Math.floor(Date.now())}`
      const result = await channel.send({ id, message, buttons: null }, AbortSignal.timeout(SEND_MS))
      return { channel: channel.name, ok: result.ok, reason: result.ok ? null : secrets.scrub(result.reason) }
    }),
  )
}

const SEND_MS = 10_000

/** Watches runs and reports their events, until it is closed. */
export interface Notifier {
  /** The runs that are currently being watched. */
  runs(): readonly string[]
  /** Watches one more run, if its trainer is alive. May be called repeatedly. */
  attach(dir: string): void
  /** Stops watching a run. */
  detach(dir: string): void
  /** Resolves when no run is being watched any more, because other notifiers have taken over. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

export interface NotifierOptions {
  readonly config: NotifyConfig
  readonly ports: NotifyPorts
  /** Runs that are always watched. They are checked for the first time before this returns. */
  readonly dirs?: readonly string[]
  /** Whether to continue without a run to watch, because more runs will be added later. @defaultValue false */
  readonly isOpenEnded?: boolean
  /** Whether to take over runs from another notifier; only those in `dirs`. */
  readonly takeOver?: boolean
  /** @defaultValue `notifier` */
  readonly engine?: NotifierEngine
}

const LOOK_MS = 500

/**
 * @throws NotifyError if a channel cannot be opened; RunError `held` if another notifier is watching one of `dirs`.
 */
export async function openNotifier({
  config,
  ports,
  dirs = [],
  isOpenEnded = false,
  takeOver = false,
  engine = 'notifier',
}: NotifierOptions): Promise<Notifier> {
  const open = await openNotifyChannels(config, ports)
  const runs = new Map<string, RunNotifier>()
  const refused = new Map<string, string>()
  const runPorts = portsOfRuns(open, config, ports, engine)
  try {
    for (const dir of dirs) runs.set(dir, openRunNotifier(dir, runPorts, takeOver))
  } catch (error) {
    for (const run of runs.values()) run.close()
    await open.close()
    throw error
  }
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const say = (dir: string, text: string): void => {
    if (text !== '' && refused.get(dir) !== text) runPorts.onTrouble(runPorts.scrub(text))
    refused.set(dir, text)
  }
  /** A run that cannot be read at the moment is checked again later. It must not prevent other runs from being watched. */
  const lookAt = (run: RunNotifier): boolean => {
    try {
      const isHeld = run.look()
      say(run.dir, '')
      return isHeld
    } catch (error) {
      say(run.dir, `\`${run.dir}\` cannot be checked: ${messageOf(error)}`)
      return true
    }
  }
  const attach = (dir: string): void => {
    if (runs.has(dir) || !isRunDirectory(dir) || openRunDirectory(dir).life().verdict !== 'alive') return
    try {
      const run = openRunNotifier(dir, runPorts)
      runs.set(dir, run)
      // The state at this moment counts as history; later changes do not.
      lookAt(run)
    } catch (error) {
      say(dir, `not watched: ${messageOf(error)}`)
    }
  }
  const lookAll = (): void => {
    for (const [dir, run] of runs) {
      if (lookAt(run)) continue
      run.close()
      runs.delete(dir)
    }
    if (runs.size === 0 && !isOpenEnded) end()
  }
  lookAll()
  const looking = setInterval(lookAll, LOOK_MS)
  return {
    runs: () => [...runs.keys()],
    attach,
    detach(dir) {
      runs.get(dir)?.close()
      runs.delete(dir)
    },
    ended,
    async close() {
      clearInterval(looking)
      // Messages in flight are recorded before the logs are closed.
      await open.close()
      for (const run of runs.values()) run.close()
      end()
    },
  }
}

function portsOfRuns(
  { dispatcher, answers, secrets }: OpenChannels,
  config: NotifyConfig,
  { approvals, onTrouble }: NotifyPorts,
  engine: NotifierEngine,
): RunNotifierPorts {
  return { config, dispatcher, answers, approvals, engine, scrub: (text) => secrets.scrub(text), onTrouble }
}
