import { statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileSystemKind } from '@hotcb/journal'
import { type JsonObject, messageOf, sameJson } from '@hotcb/protocol'
import { openRun, type Run } from '@hotcb/run/node'
import type { AiConfig } from '../ai/ai-config.ts'
import {
  type AutopilotEvent,
  type AutopilotMode,
  isAiMode,
  type KeyMetric,
  type OnWait,
  type RuleSet,
} from '../types.ts'
import { type Agent, openAgent } from './agent.ts'
import { openAiDriver } from './ai/driver.ts'
import { type AiOverrides, type AiSetup, aiConfigOf, type Environment, openAi } from './ai/setup.ts'
import { chooseKeyMetric } from './choose-key-metric.ts'
import { CONFIG_FILE, loadRules, readAutopilotConfigFile } from './config-file.ts'

/** Options for an autopilot in a separate process. Omitted options come from `hotcb.autopilot.yaml`. */
export interface HostOptions {
  /** Default: the config's mode, otherwise `suggest`. */
  readonly mode?: AutopilotMode | undefined
  readonly keyMetric?: KeyMetric | undefined
  /** The rule files. Default: those named in the config, otherwise the built-in rules. */
  readonly rules?: readonly string[] | undefined
  readonly takeOver?: boolean | undefined
  /** Called with one-line messages, for example if the config has a mistake or another autopilot has taken over. */
  readonly note: (text: string) => void
  /** Called with each decision after it has been recorded. */
  readonly onEvents?: ((events: readonly AutopilotEvent[]) => void) | undefined
  /** The environment that contains the model's key and the user's state directory. Default: the process's environment. */
  readonly env?: Environment | undefined
  /** Overrides `ai` in the config. */
  readonly ai?: AiOverrides | undefined
  /** Returns the beliefs of the run's tuner, one per line. They are shown to the model. */
  readonly beliefs?: ((run: Run) => readonly string[]) | undefined
}

/** An autopilot that runs until it is closed, or until another one takes over the run. */
export interface RunningAutopilot {
  readonly agent: Agent
  readonly keyMetric: KeyMetric | null
  /** Resolves when it has stopped. */
  readonly ended: Promise<'closed' | 'superseded'>
  close(): void
}

const LOOK_MS = 300
const NETWORK_LOOK_MS = 2000
const CONFIG_MS = 2000

/**
 * Starts an autopilot for the training run in `dir`. It rereads its config when the file changes. A file with a mistake is reported once,
 * and the previous version stays in effect.
 *
 * @throws RunError `bad-argument` for a config or rules with a mistake, and the errors that {@link openAgent} throws.
 */
export function runAutopilot(dir: string, options: HostOptions): RunningAutopilot {
  openRun(dir)
  const first = settingsOf(dir, options)
  // A mistake in the model's config is reported before anything runs.
  const setup = isAiMode(first.mode) ? openAi(dir, first.ai, options.env ?? process.env) : null
  let end: (how: 'closed' | 'superseded') => void = () => undefined
  const ended = new Promise<'closed' | 'superseded'>((resolve) => {
    end = resolve
  })
  const agent = openAgent(dir, {
    ...first,
    takeOver: options.takeOver,
    onEvents: options.onEvents,
    note: options.note,
    onSuperseded: (by) => options.note(`another autopilot has taken over this run: ${by}`),
  })
  if (setup !== null) startModel(dir, agent, options, { ai: first.ai, setup })
  const watch = watchConfig(dir, options, agent, first)
  const everyMs = fileSystemKind(dir) === 'network' ? NETWORK_LOOK_MS : LOOK_MS
  const finish = (how: 'closed' | 'superseded'): void => {
    clearInterval(looking)
    clearInterval(watching)
    agent.close()
    end(how)
  }
  const looking = setInterval(() => {
    try {
      if (!agent.look()) finish('superseded')
    } catch (error) {
      // A file that cannot be read now may be readable at the next check.
      options.note(messageOf(error))
    }
  }, everyMs)
  const watching = setInterval(watch, CONFIG_MS)
  return { agent, keyMetric: first.keyMetric, ended, close: () => finish('closed') }
}

interface Settings {
  readonly mode: AutopilotMode
  readonly keyMetric: KeyMetric | null
  readonly ruleSet: RuleSet
  readonly limits: ReturnType<typeof readAutopilotConfigFile>['limits']
  readonly onWait: OnWait
  /** The mode in the config. */
  readonly configMode: AutopilotMode | null
  readonly ai: AiConfig
}

function settingsOf(dir: string, options: HostOptions): Settings {
  const config = readAutopilotConfigFile({ dir })
  const ruleSet = loadRules({ dir }, options.rules ?? config.rules, config.disabled)
  const keyMetric = options.keyMetric ?? chooseKeyMetric(openRun(dir), config, ruleSet)
  const mode = options.mode ?? config.mode ?? 'suggest'
  return {
    mode,
    keyMetric,
    ruleSet,
    limits: config.limits,
    onWait: config.onWait,
    configMode: config.mode,
    ai: aiConfigOf({ dir }, options.env ?? process.env, options.ai),
  }
}

function startModel(
  dir: string,
  agent: Agent,
  { note, beliefs }: HostOptions,
  { ai: config, setup }: { readonly ai: AiConfig; readonly setup: AiSetup },
): void {
  const run = openRun(dir)
  const { hold } = agent
  agent.useModel(openAiDriver({ run, hold, config, setup, note, nowMs: Date.now, beliefs: () => beliefs?.(run) ?? [] }))
}

/** Checks the config files. Passes new settings to the agent when they have changed and can be read. */
function watchConfig(dir: string, options: HostOptions, agent: Agent, first: Settings): () => void {
  let now = first
  let stamp = stampOf(dir, options)
  return () => {
    const seen = stampOf(dir, options)
    if (seen === stamp) return
    stamp = seen
    try {
      const next = settingsOf(dir, options)
      takeMode(dir, agent, options, { now, next })
      agent.replace(next.ruleSet, next)
      now = next
    } catch (error) {
      options.note(`${messageOf(error)}; the previous version stays in effect`)
    }
  }
}

function takeMode(
  dir: string,
  agent: Agent,
  options: HostOptions,
  { now, next }: { readonly now: Settings; readonly next: Settings },
): void {
  const isChanged = next.configMode !== null && next.configMode !== now.configMode
  const mode = isChanged ? (next.configMode ?? agent.mode) : agent.mode
  if (isAiMode(mode) !== isAiMode(agent.mode) || !sameJson(jsonOf(next.ai), jsonOf(now.ai))) {
    if (isAiMode(mode))
      startModel(dir, agent, options, { ai: next.ai, setup: openAi(dir, next.ai, options.env ?? process.env) })
    else agent.useModel(null)
  }
  agent.setMode(mode)
}

/** Converts a config to JSON. It is plain JSON, but its interface has no index signature. */
function jsonOf(config: AiConfig): JsonObject {
  return config as unknown as JsonObject
}

function stampOf(dir: string, { rules }: HostOptions): string {
  const files = [CONFIG_FILE, ...(rules ?? configRules(dir))]
  return files.map((file) => markOf(isAbsolute(file) ? file : join(dir, file))).join()
}

function configRules(dir: string): readonly string[] {
  try {
    return readAutopilotConfigFile({ dir }).rules ?? []
  } catch {
    // The problem is reported when the settings are read from the config.
    return []
  }
}

function markOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? '-' : `${found.ino} ${found.size} ${found.mtimeMs}`
}
