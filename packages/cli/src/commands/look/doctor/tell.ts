import type { CliContext } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-code.ts'
import { alignColumns } from '../../../print/table.ts'
import type { Finding } from './check.ts'

/** Prints findings, each with its remedy. Returns exit code 1 if a check failed. */
export function tellFindings(findings: readonly Finding[], context: CliContext): ExitCode {
  const hasProblem = findings.some(({ state }) => state === 'problem')
  const { terminal, json } = context
  if (json) terminal.json({ ok: !hasProblem, findings })
  else for (const line of render(findings, context)) terminal.out(line)
  return hasProblem ? EXIT.refused : EXIT.done
}

function render(findings: readonly Finding[], { terminal }: CliContext): readonly string[] {
  const { green, yellow, red, dim, unicode } = terminal
  const marks = {
    ok: green(unicode ? '✓' : 'ok'),
    note: yellow(unicode ? '·' : '-'),
    problem: red(unicode ? '✗' : 'x'),
  }
  const rows = alignColumns(findings.map(({ name, state, says }) => [`${marks[state]} ${name}`, says]))
  return rows.flatMap((row, i) => {
    const remedy = findings[i]?.remedy
    return remedy === undefined ? [row] : [row, dim(`  ${unicode ? '↳' : '>'} ${remedy}`)]
  })
}
