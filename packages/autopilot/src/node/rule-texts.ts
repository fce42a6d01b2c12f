import { isAbsolute, join } from 'node:path'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { withRuleFiles } from '../config-edit.ts'
import { DEFAULT_RULES } from '../default-rules.ts'
import { formatRules } from '../format-rules.ts'
import { joinRuleSets, readRuleFile } from '../rule-file.ts'
import type { RuleProblem } from '../rule-reader.ts'
import type { RuleSet } from '../types.ts'
import { type ConfigPlace, editConfig, loadRules, readAutopilotConfigFile } from './config-file.ts'

/** The rule file for a run whose config names none. */
export const DEFAULT_RULE_FILE = 'rules.yaml'

/** The current text of a rule file that is in effect. */
export interface RuleFileText {
  /** The file name as it appears in the config. */
  readonly file: string
  readonly text: string
  /** Identifies this version of the file; null if the file does not exist yet. */
  readonly stamp: string | null
  readonly problems: readonly RuleProblem[]
}

/** The rules that would apply if one file had different content, or the problems in that content. */
export type DraftRules =
  | { readonly ok: true; readonly value: RuleSet }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] }

/** The result of writing a rule file, or why it was not written. */
export type RuleWriting =
  | { readonly ok: true; readonly stamp: string | null }
  | { readonly ok: false; readonly code: 'changed' | 'unknown-file'; readonly reason: string }
  | { readonly ok: false; readonly code: 'mistake'; readonly reason: string; readonly problems: readonly RuleProblem[] }

/**
 * Returns the rule files that a run's config names. If it names none, returns the built-in rules as the text of a file that does not exist
 * yet.
 *
 * @throws RunError for a config with a mistake; JournalError if a file cannot be read.
 */
export function readRuleTexts(place: ConfigPlace): readonly RuleFileText[] {
  const { rules } = readAutopilotConfigFile(place)
  if (rules === null) {
    return [{ file: DEFAULT_RULE_FILE, text: formatRules(DEFAULT_RULES.rules), stamp: null, problems: [] }]
  }
  return rules.map((file) => {
    const { text, stamp } = documentOf(place, file)
    return { file, text, stamp, problems: problemsOf(text, file) }
  })
}

/**
 * Replaces the entire text of a rule file. The new text is rejected if it has a mistake, if the config does not name the file, or if the
 * file has changed since it was read. A run's first file is created and added to the config.
 *
 * @throws RunError for a config with a mistake; JournalError if a file cannot be written or is outside `within`.
 */
export function writeRuleText(place: ConfigPlace, { file, text, stamp }: Omit<RuleFileText, 'problems'>): RuleWriting {
  const { rules } = readAutopilotConfigFile(place)
  const known = rules ?? [DEFAULT_RULE_FILE]
  if (!known.includes(file)) {
    return { ok: false, code: 'unknown-file', reason: `the config does not name a rule file \`${file}\`` }
  }
  const problems = problemsOf(text, file)
  const [first] = problems
  if (first !== undefined) return { ok: false, code: 'mistake', reason: first.message, problems }
  const now = documentOf(place, file)
  if (now.stamp !== stamp) {
    const what = stamp === null ? 'was created' : now.stamp === null ? 'was deleted' : 'was changed'
    return { ok: false, code: 'changed', reason: `\`${file}\` ${what} since it was read; read it again` }
  }
  const { within } = place
  replaceDocument(pathOf(place, file), text, within === undefined ? {} : { within })
  if (rules === null) editConfig(place, (config) => withRuleFiles(config, [file]))
  return { ok: true, stamp: documentOf(place, file).stamp }
}

/**
 * Returns the rules that would be in effect if one of the files had different content; without a draft, the current rules.
 *
 * @returns the problems in the content, if there are any.
 * @throws RunError for a config or another file with a mistake; JournalError if a file cannot be read.
 */
export function loadDraftRules(place: ConfigPlace, draft: Pick<RuleFileText, 'file' | 'text'> | null): DraftRules {
  const { rules: files, disabled } = readAutopilotConfigFile(place)
  if (draft === null) return { ok: true, value: loadRules(place, files, disabled) }
  const problems = problemsOf(draft.text, draft.file)
  if (problems.length > 0) return { ok: false, problems }
  const others = (files ?? [draft.file]).map((file) => (file === draft.file ? setOf(draft) : loadRules(place, [file])))
  const { rules, keyMetric } = joinRuleSets(others)
  return { ok: true, value: { rules: rules.filter(({ id }) => !disabled.includes(id)), keyMetric } }
}

function setOf({ file, text }: Pick<RuleFileText, 'file' | 'text'>): RuleSet {
  const read = readRuleFile(text, { file })
  return read.ok ? read.value : { rules: [], keyMetric: null }
}

function documentOf(place: ConfigPlace, file: string): { readonly text: string; readonly stamp: string | null } {
  const { within } = place
  const found = readStampedDocument(pathOf(place, file), { maxBytes: MAX_BYTES, ...(within && { within }) })
  return { text: found?.text ?? '', stamp: found?.stamp ?? null }
}

const MAX_BYTES = 4 * 1024 * 1024

function problemsOf(text: string, file: string): readonly RuleProblem[] {
  const read = readRuleFile(text, { file })
  if (read.ok) return []
  return read.problems.length > 0 ? read.problems : [{ file, line: 1, column: 1, message: 'no rules' }]
}

function pathOf({ dir }: ConfigPlace, file: string): string {
  return isAbsolute(file) ? file : join(dir, file)
}
