import { join } from 'node:path'
import { readDocument, runningMs } from '@hotcb/journal'
import { messageOf, runFiles } from '@hotcb/protocol'
import { readPageRules } from '../alerts/page-rule.ts'
import type { NotifyRule } from '../types.ts'

/** The current rules that people created on the page. */
export interface PageRulesFile {
  rules(): readonly NotifyRule[]
  /** Reads the file if it has changed, at most every two seconds. Returns true if the rules have changed. */
  look(): boolean
  /** Returns the problems with the file, one line each. */
  troubles(): readonly string[]
}

const LOOK_MS = 2000

/** Follows a run's `hotcb.alerts.json`. Without the file, there are no rules. */
export function watchPageRules(dir: string): PageRulesFile {
  const path = join(dir, runFiles.alerts)
  let lookedAt = Number.NEGATIVE_INFINITY
  let text = ''
  let read = readPageRules('{}')
  const refresh = (): boolean => {
    if (runningMs() - lookedAt < LOOK_MS) return false
    lookedAt = runningMs()
    try {
      const now = readDocument(path)?.text ?? '{}'
      if (now === text) return false
      text = now
      read = readPageRules(now)
    } catch (error) {
      read = { ...read, problems: [messageOf(error)] }
      return false
    }
    return true
  }
  refresh()
  return {
    rules: () => read.rules,
    look: refresh,
    troubles: () => read.problems.map((problem) => `\`${path}\`: ${problem}`),
  }
}
