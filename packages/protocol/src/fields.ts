import { isObject, type Json, type JsonObject, show } from './json.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Reads the fields of one object and remembers the first problem. `result` returns the values, or that problem.
 *
 * If a field is absent or null, `absent` is returned; without that argument, the field is required. Unknown fields are
 * ignored.
 */
export class FieldReader {
  readonly #value: Record<string, unknown>
  readonly #path: string
  readonly #sink: { problem?: string }

  /**
   * @param what The kind of object, for the message if it is not an object: `a recipe entry`.
   * @param path Its path in the file, such as `patches.3.match`; empty at the top.
   */
  constructor(value: unknown, what: string, path = '', sink: { problem?: string } = {}) {
    this.#value = isObject(value) ? value : {}
    this.#path = path
    this.#sink = sink
    if (isObject(value)) return
    const name = path === '' ? what : `\`${path}\``
    this.refuse(
      value === undefined ? `${name} is missing: expected an object` : `${name} must be an object, got ${show(value)}`,
    )
  }

  /** The values read, or the first problem. */
  result<Value>(value: Value): Result<Value> {
    return this.#sink.problem === undefined ? ok(value) : refused(this.#sink.problem)
  }

  /** Remembers a problem, unless there already is one. */
  refuse(problem: string): void {
    this.#sink.problem ??= problem
  }

  /** The path of a field, for messages. */
  pathOf(key: string | number): string {
    return this.#path === '' ? String(key) : `${this.#path}.${key}`
  }

  keys(): readonly string[] {
    return Object.keys(this.#value)
  }

  has(key: string): boolean {
    return this.#value[key] !== undefined && this.#value[key] !== null
  }

  /** Reads a string. */
  // `...absent` and not `absent?`, because null and undefined are valid values.
  text<Absent = never>(key: string, ...absent: readonly [Absent?]): string | Absent {
    return this.#read(key, 'text', (value): value is string => typeof value === 'string', '', absent)
  }

  /** Reads a name: a string, or a finite number, which is converted to a string. */
  name<Absent = never>(key: string, ...absent: readonly [Absent?]): string | Absent {
    const value = this.#value[key]
    return isFiniteNumber(value) ? String(value) : this.text(key, ...absent)
  }

  /** Reads a finite number. */
  number<Absent = never>(key: string, ...absent: readonly [Absent?]): number | Absent {
    return this.#read(key, 'a finite number', isFiniteNumber, 0, absent)
  }

  /** Reads a finite number. NaN and infinities, which Python writes, count as absent. */
  lenientNumber<Absent>(key: string, absent: Absent): number | Absent {
    const value = this.#value[key]
    return typeof value === 'number' && !Number.isFinite(value) ? absent : this.number(key, absent)
  }

  /** Reads a whole number. */
  whole<Absent = never>(key: string, ...absent: readonly [Absent?]): number | Absent {
    return this.#read(key, 'a whole number', isWhole, 0, absent)
  }

  /** Reads a whole number, 0 or above. */
  count<Absent = never>(key: string, ...absent: readonly [Absent?]): number | Absent {
    return this.#read(key, 'a whole number, 0 or above', isCount, 0, absent)
  }

  flag<Absent = never>(key: string, ...absent: readonly [Absent?]): boolean | Absent {
    return this.#read(key, 'true or false', isFlag, false, absent)
  }

  oneOf<Word extends string, Absent = never>(
    key: string,
    words: readonly [Word, ...Word[]],
    ...absent: readonly [Absent?]
  ): Word | Absent {
    const isWord = (value: unknown): value is Word => (words as readonly unknown[]).includes(value)
    return this.#read(key, `one of ${words.join(', ')}`, isWord, words[0], absent)
  }

  /** Reads any JSON; null if absent. */
  json(key: string): Json {
    // The output of a JSON or YAML parser is JSON at every level.
    return (this.#value[key] ?? null) as Json
  }

  /** Reads a plain object of any JSON. */
  object<Absent = never>(key: string, ...absent: readonly [Absent?]): JsonObject | Absent {
    return this.#read(key, 'an object', isJsonObject, {}, absent)
  }

  texts<Absent = never>(key: string, ...absent: readonly [Absent?]): readonly string[] | Absent {
    return this.#read(key, 'a list of strings', isTexts, [], absent)
  }

  /** Reads a list of whole numbers, 0 or above. */
  counts<Absent = never>(key: string, ...absent: readonly [Absent?]): readonly number[] | Absent {
    return this.#read(key, 'a list of whole numbers', isCounts, [], absent)
  }

  /** Reads a list of any JSON. */
  jsons<Absent = never>(key: string, ...absent: readonly [Absent?]): readonly Json[] | Absent {
    return this.#read(key, 'a list', isJsons, [], absent)
  }

  /** Reads numbers by name. */
  numbers<Absent = never>(key: string, ...absent: readonly [Absent?]): Readonly<Record<string, number>> | Absent {
    return this.#read(key, 'an object of finite numbers', isNumbers, {}, absent)
  }

  /** Reads numbers by name; null and non-finite values are null. */
  values<Absent = never>(key: string, ...absent: readonly [Absent?]): Readonly<Record<string, number | null>> | Absent {
    const read = this.#read(key, 'an object of numbers', isValues, {}, absent)
    // An absent value is returned as it is.
    return absent.length > 0 && read === absent[0] ? read : finiteValues(read as Record<string, number | null>)
  }

  /** Reads a nested object with `read`. */
  nested<Value, Absent = never>(
    key: string,
    read: (fields: FieldReader) => Value,
    ...absent: readonly [Absent?]
  ): Value | Absent {
    if (!this.has(key) && absent.length > 0) return absent[0] as Absent
    return read(this.#inner(this.#value[key], key))
  }

  /** Reads a list of objects, each with `read`; empty if absent. */
  list<Value>(key: string, read: (fields: FieldReader) => Value): readonly Value[] {
    const list = this.#read(key, 'a list', isList, [], [[]])
    return list.map((item, i) => read(this.#inner(item, `${key}.${i}`)))
  }

  /** Reads objects by name, each with `read`; empty if absent. */
  map<Value>(key: string, read: (fields: FieldReader) => Value): Readonly<Record<string, Value>> {
    const inner = this.nested(key, (fields) => fields, null)
    if (inner === null) return {}
    return inner.every(read)
  }

  /** Reads every field, except those in `except`, as an object with `read`. */
  every<Value>(
    read: (fields: FieldReader, key: string) => Value,
    except: readonly string[] = [],
  ): Readonly<Record<string, Value>> {
    const keys = this.keys().filter((key) => !except.includes(key))
    return Object.fromEntries(keys.map((key) => [key, read(this.#inner(this.#value[key], key), key)]))
  }

  #inner(value: unknown, key: string): FieldReader {
    return new FieldReader(value, '', this.pathOf(key), this.#sink)
  }

  #read<Value, Absent>(
    key: string,
    right: string,
    is: (value: unknown) => value is Value,
    onProblem: Value,
    absent: readonly [Absent?],
  ): Value | Absent {
    const value = this.#value[key]
    if (is(value)) return value
    // A tuple of length one has an `Absent`, even if its value is undefined.
    if (absent.length > 0 && (value === undefined || value === null)) return absent[0] as Absent
    this.refuse(
      value === undefined
        ? `\`${this.pathOf(key)}\` is missing: expected ${right}`
        : `\`${this.pathOf(key)}\` must be ${right}, got ${show(value)}`,
    )
    return onProblem
  }
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount)
}

function isJsons(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value)
}

function isNumbers(value: unknown): value is Record<string, number> {
  return isObject(value) && Object.values(value).every(Number.isFinite)
}

function isValues(value: unknown): value is Record<string, number | null> {
  return isObject(value) && Object.values(value).every((item) => item === null || typeof item === 'number')
}

function finiteValues(values: Readonly<Record<string, number | null>>): Readonly<Record<string, number | null>> {
  // In nearly all records every number is finite, so no copy is needed.
  if (Object.values(values).every((value) => value === null || Number.isFinite(value))) return values
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  )
}
