import { isAbsolute, join } from 'node:path'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { RunError } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import { type AutopilotConfig, readAutopilotConfig } from '../config.ts'
import type { ConfigEdit } from '../config-edit.ts'
import { DEFAULT_RULES } from '../default-rules.ts'
import { joinRuleSets, readRuleFile } from '../rule-file.ts'
import type { RuleSet } from '../types.ts'

/** The file in which a person configures how a run is watched. */
export const CONFIG_FILE = 'hotcb.autopilot.yaml'

/** A run directory, and the directory that must contain its files. A `Run` has both fields. */
export interface ConfigPlace {
  readonly dir: string
  readonly within?: Run['within']
}

/**
 * Reads a run's config. @throws RunError `bad-argument`, with the file, line and column, if the config has a mistake; JournalError if it
 * cannot be read.
 */
export function readAutopilotConfigFile({ dir, within }: ConfigPlace): AutopilotConfig {
  const read = readAutopilotConfig(textOf(join(dir, CONFIG_FILE), within) ?? '', { file: CONFIG_FILE })
  if (!read.ok) throw new RunError('bad-argument', read.reason)
  return read.value
}

/** Changes a run's config, or creates it if it is missing. @throws RunError `bad-argument` for an invalid change. */
export function editConfig({ dir, within }: ConfigPlace, edit: (text: string) => ConfigEdit): void {
  const path = join(dir, CONFIG_FILE)
  const edited = edit(textOf(path, within) ?? '')
  if (!edited.ok) throw new RunError('bad-argument', edited.reason)
  replaceDocument(path, edited.text, within === undefined ? {} : { within })
}

/**
 * Returns the rules in files, without disabled ones; the built-in rules if no file is named. Later files take precedence.
 *
 * @param place The run directory that file names are relative to.
 * @throws RunError `bad-argument` if a file is missing or has a mistake.
 */
export function loadRules(
  { dir, within }: ConfigPlace,
  files: readonly string[] | null,
  disabled: readonly string[] = [],
): RuleSet {
  const sets =
    files === null ? [DEFAULT_RULES] : files.map((file) => readRules(isAbsolute(file) ? file : join(dir, file), within))
  const { rules, keyMetric } = joinRuleSets(sets)
  return { rules: rules.filter(({ id }) => !disabled.includes(id)), keyMetric }
}

/** Reads one rule file. @throws RunError `bad-argument`. */
export function readRules(path: string, within?: Run['within']): RuleSet {
  const text = textOf(path, within)
  if (text === undefined) throw new RunError('bad-argument', `the rule file \`${path}\` does not exist`)
  const read = readRuleFile(text, { file: path })
  if (!read.ok) throw new RunError('bad-argument', read.reason)
  return read.value
}

function textOf(path: string, within: Run['within']): string | undefined {
  return readStampedDocument(path, { maxBytes: MAX_BYTES, ...(within && { within }) })?.text
}

const MAX_BYTES = 4 * 1024 * 1024
