import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

const FOLDER = fileURLToPath(new URL('corpus', import.meta.url))

/** The inputs that are kept for a reader: past findings, and inputs for code that is hard to reach. */
export function corpusOf(reader: string): readonly { readonly name: string; readonly input: Buffer }[] {
  const folder = join(FOLDER, reader)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name))
      return { name: `${reader}/${name}`, input: name.endsWith('.gz') ? gunzipSync(bytes) : bytes }
    })
}

/** Stores an input under a name derived from its bytes. Returns its path. */
export function keep(reader: string, input: Buffer): string {
  const folder = join(FOLDER, reader)
  mkdirSync(folder, { recursive: true })
  const name = createHash('sha256').update(input).digest('hex').slice(0, 12)
  // A long text is mostly one piece that is repeated, so it compresses well.
  const isLong = input.length > 4096
  const path = join(folder, isLong ? `${name}.gz` : name)
  writeFileSync(path, isLong ? gzipSync(input) : input)
  return path
}
