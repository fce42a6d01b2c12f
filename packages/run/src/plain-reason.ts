/**
 * Converts an error or a note from the ledger to readable text. Ledgers contain hotcb 2's codes, because hotcb 2's
 * programs rely on them: `actuator_disabled: ...`, `unknown_param:lr`. Text without such a code is returned unchanged.
 */
export function plainReason(text: string): string {
  return text.replaceAll(CODED, (_, before: string, code: string, rest: string) => before + sentenceOf(code, rest))
}

const SENTENCES: Readonly<Record<string, (rest: string) => string>> = {
  actuator_disabled: (rest) => (isSentence(rest) ? rest : `${quoted(rest)} is disabled: enable it first`),
  unknown_param: (rest) => subject(rest, (name) => `there is no control ${name}`),
  unknown_op: (rest) => subject(rest, (name) => `there is no op ${name}`),
  unknown_core_op: (rest) => subject(rest, (name) => `there is no op ${name}`),
  apply_fn_exception: (rest) =>
    rest.startsWith('`') ? `the trainer could not set ${rest}` : `the trainer could not set it: ${rest}`,
  schedule_exception: (rest) => `the schedule of the learning rate failed: ${rest}`,
  no_params: (rest) => rest || 'there is nothing to set',
  missing_param_key: (rest) => rest || 'no control was specified',
  no_mutable_state: (rest) => rest || 'this trainer has no controls',
  missed_step: missedStep,
  best_effort_missed: () => 'left out: the replay continues without it',
  strict_policy_missed: () => 'a strict replay does not allow this',
}

// A code appears at the start, or where the errors of several keys are joined.
const CODED = new RegExp(`(^|; |: )(${Object.keys(SENTENCES).join('|')})(?:: ?([^;]*)|(?=$|;))`, 'g')

function sentenceOf(code: string, rest: string | undefined): string {
  return SENTENCES[code]?.((rest ?? '').trim()) ?? code
}

function isSentence(rest: string): boolean {
  return rest.includes(' ')
}

/** Formats the name after a code: `` `lrr`: did you mean `lr`? `` from our kernel, `lrr` from hotcb 2's. */
function subject(rest: string, say: (name: string) => string): string {
  const [, name = rest, more = ''] = rest.match(/^`([^`]*)`(.*)$/) ?? []
  return say(quoted(name)) + more
}

function missedStep(rest: string): string {
  const [step, event] = rest.split(':')
  return `the run ended before step ${step}${event ? ` (${event})` : ''} was reached`
}

function quoted(name: string): string {
  return `\`${name}\``
}
