// Writes one `.d.ts` for each source file that is reachable from an entry, from that file alone (isolatedDeclarations). The whole
// workspace is type-checked separately, by `tsc` at the root.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

/** Writes the declarations of the files `entries`, and of all files whose types they use, from `from` to `to`. */
export function writeDeclarations(entries, from, to) {
  const found = new Set(entries)
  for (const file of found) {
    const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: { isolatedDeclarations: true, declaration: true, target: ts.ScriptTarget.ES2022 },
    })
    for (const { messageText } of diagnostics ?? []) {
      throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
    }
    for (const [, , , specifier] of outputText.matchAll(RELATIVE_IMPORT)) {
      const target = join(dirname(file), specifier)
      if (existsSync(target)) found.add(target)
    }
    const target = join(to, relative(from, file)).replace(/\.tsx?$/, '.d.ts')
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, withJsExtensions(outputText))
  }
}

const RELATIVE_IMPORT = /(from\s+|import\(\s*|import\s+)(['"])(\.{1,2}\/[^'"]+\.tsx?)\2/g

// Published packages contain no `.ts` next to the declarations, so relative imports must name the `.js`.
function withJsExtensions(text) {
  return text.replace(
    RELATIVE_IMPORT,
    (_, before, quote, path) => `${before}${quote}${path.replace(/\.tsx?$/, '.js')}${quote}`,
  )
}
