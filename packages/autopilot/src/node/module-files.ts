import { basename, join } from 'node:path'
import { fileSystemKind, readDocument } from '@hotcb/journal'
import { type AutopilotLine, type JsonObject, readAutopilotLine, runFiles } from '@hotcb/protocol'
import { openHold } from '@hotcb/run/node'
import {
  type AutopilotLog,
  type AutopilotModule,
  type AutopilotOptions,
  type AutopilotRequests,
  createAutopilot,
} from '../module.ts'
import { joinRuleSets, readRuleFile } from '../rule-file.ts'
import type { ActionRecord, RuleSet } from '../types.ts'
import { diskOf } from './disk.ts'
import { openRequestInbox } from './request-inbox.ts'

export interface AutopilotFileOptions
  extends Omit<AutopilotOptions, 'log' | 'requests' | 'clock' | 'wallTime' | 'disk'> {
  /** The paths of rule files, which replace the default rules. */
  readonly ruleFiles?: readonly string[] | undefined
}

/**
 * Creates an autopilot inside the trainer, with its log in the run directory. Rules are evaluated at each step, and a replay
 * does not need them.
 *
 * @throws TypeError for an unknown option or an unusable rule file; the message contains the file, line and column.
 */
export function openAutopilot({ ruleFiles, ...options }: AutopilotFileOptions = {}): AutopilotModule {
  const rules = ruleFiles === undefined ? options.rules : joinRuleSets(ruleFiles.map(readRules))
  return createAutopilot({
    ...options,
    rules,
    log: openLog,
    requests: openRequests,
    clock: () => performance.now(),
    wallTime: () => Date.now() / 1000,
    disk: diskOf,
  })
}

function readRules(path: string): RuleSet {
  const document = readDocument(path)
  if (document === null) throw new TypeError(`the rule file \`${path}\` does not exist`)
  const read = readRuleFile(document.text, { file: basename(path) })
  if (!read.ok) throw new TypeError(read.reason)
  return read.value
}

/** @throws RunError `held` if another running autopilot holds the log. */
function openLog(runDir: string | undefined): AutopilotLog {
  const past: AutopilotLine[] = []
  if (runDir === undefined) return { n: 1, past, append: () => true, close: () => undefined }
  const hold = openHold(runDir, runFiles.autopilot, {
    engine: 'rules in the trainer',
    fields: (n) => ({ action_id: `a${n}`, source: 'autopilot' }),
    onLine(line) {
      const read = readAutopilotLine(line)
      if (read.ok) past.push(read.value)
    },
  })
  return {
    n: hold.n,
    past,
    // A line is plain JSON, and its interface has no index signature. Lines that cannot be written are kept, and are written first the next
    // time.
    append: (lines) => hold.append(lines as unknown as readonly JsonObject[])?.code !== 'superseded',
    close: () => hold.close(),
  }
}

const LOOK_MS = 250

/** Opens the agents' requests. A trainer checks the file four times per second, not at every step. */
function openRequests(runDir: string | undefined, actions: readonly ActionRecord[]): AutopilotRequests {
  if (runDir === undefined) return { take: () => [], close: () => undefined }
  const network = fileSystemKind(runDir) === 'network'
  const inbox = openRequestInbox({ path: join(runDir, runFiles.proposals), network, actions })
  let dueMs = 0
  return {
    take() {
      const nowMs = performance.now()
      if (nowMs < dueMs) return []
      dueMs = nowMs + LOOK_MS
      return inbox.take()
    },
    close: inbox.close,
  }
}
