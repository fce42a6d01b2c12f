import { isAbsolute, join } from 'node:path'
import { readStampedDocument, replaceDocument } from '@hotcb/journal'
import { withRuleFiles } from '../config-edit.ts'
import { DEFAULT_RULES } from '../default-rules.ts'
import { formatRules } from '../format-rules.ts'
import { joinRuleSets, readRuleFile } from '../rule-file.ts'
import type { RuleProblem } from '../rule-reader.ts'
import type { RuleSet } from '../types.ts'
import { type ConfigPlace, editConfig, loadRules, readAutopilotConfigFile } from './config-file.ts'

/** The file for the rules of a run that names none. */
export const DEFAULT_RULE_FILE = 'rules.yaml'

/** The present text of a rule file that is in effect. */
export interface RuleFileText {
  /** As the config names it. */
  readonly file: string
  readonly text: string
  /** Which version of the file this is; null for one that is not there yet. */
  readonly stamp: string | null
  readonly problems: readonly RuleProblem[]
}

/** The rules with another text in one file, or the problems of that text. */
export type DraftRules =
  | { readonly ok: true; readonly value: RuleSet }
  | { readonly ok: false; readonly problems: readonly RuleProblem[] }

/** Why a file of rules was not written. */
export type RuleWriting =
  | { readonly ok: true; readonly stamp: string | null }
  | { readonly ok: false; readonly code: 'changed' | 'unknown-file'; readonly reason: string }
  | { readonly ok: false; readonly code: 'mistake'; readonly reason: string; readonly problems: readonly RuleProblem[] }

/**
 * The files of rules that the config of a run names. Where it names none, the built-in rules as the text of a file that is not there
 * yet.
 *
 * @throws RunError for a config with a mistake; JournalError when a file cannot be read.
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
 * Replaces a file of rules, whole. It is refused when it has a mistake, when the config does not name it, and when the file has changed
 * since it was read. The first file of a run is made, and named in the config.
 *
 * @throws RunError for a config with a mistake; JournalError when a file cannot be written, or lies outside of `within`.
 */
export function writeRuleText(place: ConfigPlace, { file, text, stamp }: Omit<RuleFileText, 'problems'>): RuleWriting {
  const { rules } = readAutopilotConfigFile(place)
  const known = rules ?? [DEFAULT_RULE_FILE]
  if (!known.includes(file)) {
    return { ok: false, code: 'unknown-file', reason: `the config names no file of rules \`${file}\`` }
  }
  const problems = problemsOf(text, file)
  const [first] = problems
  if (first !== undefined) return { ok: false, code: 'mistake', reason: first.message, problems }
  const now = documentOf(place, file)
  if (now.stamp !== stamp) {
    const what = stamp === null ? 'is there already' : now.stamp === null ? 'was deleted' : 'was changed'
    return { ok: false, code: 'changed', reason: `\`${file}\` ${what} since it was read: read it again` }
  }
  const { within } = place
  replaceDocument(pathOf(place, file), text, within === undefined ? {} : { within })
  if (rules === null) editConfig(place, (config) => withRuleFiles(config, [file]))
  return { ok: true, stamp: documentOf(place, file).stamp }
}

/**
 * The rules that would be in effect with another text in one of the files, or as they are.
 *
 * @returns the problems of the text, if it has any.
 * @throws RunError for a config or another file with a mistake; JournalError when a file cannot be read.
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
