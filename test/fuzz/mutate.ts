import { JSON_CHANGES } from './json-changes.ts'
import type { Random } from './random.ts'
import { YAML_CHANGES } from './yaml-changes.ts'

// This is a custom mutator instead of fast-check, which the property tests use, for three reasons. An input is derived from a
// valid one by a few changes, because most texts that are generated from scratch fail at their first byte. It is recorded before
// it is tried, because a reader that hangs reports nothing. A fuzzing run lasts for a given time, not for a number of cases.
// fast-check shrinks better; here, pieces of a finding are removed, see `shrink.ts`.

/** The building blocks of an input. */
export type Syntax = 'json' | 'yaml'

/** Inputs do not grow beyond this. */
const LONGEST_BYTES = 4 * 1024 * 1024

/** An input that is similar to another one. Pieces are taken from the inputs in `pool`. */
export function mutate(random: Random, input: Buffer, pool: readonly Buffer[], syntax: Syntax): Buffer {
  let bytes = input
  const changes = 1 + random.below(random.oneIn(4) ? 6 : 2)
  for (let i = 0; i < changes; i++) {
    const changed = change(random, bytes, pool, syntax)
    if (changed.length <= LONGEST_BYTES) bytes = changed
  }
  return bytes
}

function change(random: Random, bytes: Buffer, pool: readonly Buffer[], syntax: Syntax): Buffer {
  if (random.oneIn(5)) return random.pick(BYTE_CHANGES)(random, bytes)
  if (random.oneIn(12)) return spliced(random, bytes, random.pick(pool))
  // YAML contains JSON, and a directory of files contains YAML.
  const isYaml = syntax === 'yaml' ? !random.oneIn(3) : random.oneIn(8)
  const changes = isYaml ? YAML_CHANGES : JSON_CHANGES
  return Buffer.from(random.pick(changes)(random, bytes.toString('utf8')))
}

type ByteChange = (random: Random, bytes: Buffer) => Buffer

const BYTE_ORDER_MARK = Buffer.from('\ufeff')
// Bytes that are not valid UTF-8, a NUL, half of a surrogate pair, control characters.
const ODD_BYTES: readonly (readonly number[])[] = [
  [0xff],
  [0],
  [0xed, 0xa0, 0x80],
  [0xc2],
  [0x1b],
  [0xc2, 0x85],
  [0x7f],
]

const BYTE_CHANGES: readonly ByteChange[] = [
  (random, bytes) => {
    const changed = Buffer.from(bytes)
    const at = random.below(bytes.length || 1)
    if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  (random, bytes) => withPiece(random, bytes, Buffer.from(random.pick(ODD_BYTES))),
  // Truncated, as by a killed writer.
  (random, bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
  (random, bytes) => withoutPiece(random, bytes),
  (_random, bytes) => Buffer.concat([BYTE_ORDER_MARK, bytes]),
  (random, bytes) => withPiece(random, bytes, BYTE_ORDER_MARK),
  (random, bytes) => {
    const lineEnd = random.pick(['\r\n', '\r\n', '', '\r', '\n\n'])
    return Buffer.from(bytes.toString('latin1').replaceAll('\n', lineEnd), 'latin1')
  },
]

function withPiece(random: Random, bytes: Buffer, piece: Buffer): Buffer {
  const at = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}

function withoutPiece(random: Random, bytes: Buffer): Buffer {
  const start = random.below(bytes.length + 1)
  const end = start + random.below(Math.min(bytes.length - start, 64) + 1)
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
}

/** The beginning of one and the end of another. */
function spliced(random: Random, bytes: Buffer, other: Buffer): Buffer {
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ])
}
