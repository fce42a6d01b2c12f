import { isAbsolute, join } from 'node:path'
import { conditionText, type Rule } from '@hotcb/autopilot'
import { CONFIG_FILE, loadRules, readAutopilotConfigFile } from '@hotcb/autopilot/node'
import { JournalError } from '@hotcb/journal'
import { messageOf } from '@hotcb/protocol'
import { isRunError } from '@hotcb/run'
import type { RuleRow } from '../shared/autopilot.ts'
import { stampOf } from './run-files.ts'

/** A rule in effect: whether it is on, and its cooldown after it fires. */
export type KnownRule = Omit<RuleRow, 'standing'> & Pick<Rule, 'cooldown'>

/** A run's rules, or the problem with its files. */
export interface KnownRules {
  readonly rules: readonly KnownRule[]
  readonly trouble: string | null
}

/** Keeps one run's rules in memory, and rereads its files if they have changed. */
export class RulesReader {
  readonly #dir: string
  readonly #roots: readonly string[]
  #files: readonly string[] = []
  #stamp = ''
  #known: KnownRules = { rules: [], trouble: null }

  constructor(dir: string, roots: readonly string[]) {
    this.#dir = dir
    this.#roots = roots
  }

  async read(): Promise<KnownRules> {
    const stamp = await this.#stampNow()
    if (stamp === this.#stamp) return this.#known
    this.#known = this.#load()
    this.#stamp = await this.#stampNow()
    return this.#known
  }

  #load(): KnownRules {
    const place = { dir: this.#dir, within: this.#roots }
    try {
      const { rules: files, disabled } = readAutopilotConfigFile(place)
      this.#files = files ?? []
      return { rules: loadRules(place, files).rules.map((rule) => rowOf(rule, disabled)), trouble: null }
    } catch (error) {
      if (!isRunError(error) && !(error instanceof JournalError)) throw error
      return { rules: [], trouble: messageOf(error) }
    }
  }

  async #stampNow(): Promise<string> {
    const paths = [CONFIG_FILE, ...this.#files].map((file) => (isAbsolute(file) ? file : join(this.#dir, file)))
    const stamps = await Promise.all(paths.map((path) => this.#stampOf(path)))
    return `at ${stamps.join(' ')}`
  }

  async #stampOf(path: string): Promise<string> {
    try {
      return (await stampOf(path, this.#roots)).stamp
    } catch (error) {
      // The attempt to read the file reports the problem.
      return messageOf(error)
    }
  }
}

function rowOf(rule: Rule, disabled: readonly string[]): KnownRule {
  const { id, description, metric, confidence, enabled, place, cooldown } = rule
  const isOn = enabled && !disabled.includes(id)
  return { id, description, when: conditionText(rule), metric, confidence, enabled: isOn, place, cooldown }
}
