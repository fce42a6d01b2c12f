import type { YamlScalar } from '@hotcb/protocol/yaml'
import { bool, float, int, NONE, str, type Value } from '../value.ts'

/** The meaning of a scalar in a config. */
export type ScalarReading =
  | { readonly ok: true; readonly value: Value; readonly warning?: string }
  | { readonly ok: false; readonly message: string }

/**
 * Returns the meaning of a plain scalar: the meaning in YAML 1.1 and 1.2 if they agree, a number for strings such as `1e-3`, or a problem
 * if the two versions would read different numbers. Quoted text is always text.
 */
export function readScalar({ text, isPlain }: YamlScalar): ScalarReading {
  if (!isPlain) return given(str(text))
  if (/^(~|null|Null|NULL|)$/.test(text)) return given(NONE)
  if (/^(true|True|TRUE)$/.test(text)) return given(bool(true))
  if (/^(false|False|FALSE)$/.test(text)) return given(bool(false))
  if (/^(yes|on)$/i.test(text)) return warned(bool(true), `read as true; use true, or '${text}' for the text`)
  if (/^(no|off)$/i.test(text)) return warned(bool(false), `read as false; use false, or '${text}' for the text`)
  return ambiguity(text) ?? number(text) ?? given(str(text))
}

function given(value: Value): ScalarReading {
  return { ok: true, value }
}

function warned(value: Value, warning: string): ScalarReading {
  return { ok: true, value, warning }
}

function ambiguity(text: string): ScalarReading | undefined {
  if (/^[-+]?\.(inf|nan)$/i.test(text)) return { ok: false, message: `${text} is not a finite number` }
  if (/^[-+]?0o?[0-9_]+$/.test(text) && !/^[-+]?0+$/.test(text)) return octal(text)
  if (/^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text)) {
    return {
      ok: false,
      message: `${text} is read as a number in base 60 by some parsers and as text by others; use '${text}' for the text`,
    }
  }
  return undefined
}

function octal(text: string): ScalarReading {
  const digits = text.replace(/^[-+]?0o?/, '').replaceAll('_', '')
  const decimal = Number(digits)
  const isOctal = /^[0-7]+$/.test(digits)
  const readings = isOctal ? `${Number.parseInt(digits, 8)} in base 8 and ${decimal} in base 10` : `text and ${decimal}`
  return { ok: false, message: `${text} may mean ${readings}; use ${decimal}, or '${text}' for the text` }
}

function number(text: string): ScalarReading | undefined {
  const sign = text.startsWith('-') ? -1 : 1
  const bare = text.replace(/^[-+]/, '').replaceAll('_', '')
  // `_1` is a string.
  if (/^[-+]?_/.test(text)) return undefined
  const whole = wholeOf(bare)
  if (whole !== undefined) {
    return Number.isSafeInteger(whole)
      ? given(int(sign * whole + 0))
      : { ok: false, message: `${text} is too large; the limit for whole numbers is 2**53 - 1` }
  }
  if (!/^(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?$/.test(bare)) return undefined
  const value = sign * Number(bare)
  return Number.isFinite(value) ? given(float(value)) : { ok: false, message: `${text} is too large for a float` }
}

function wholeOf(bare: string): number | undefined {
  if (/^\d+$/.test(bare)) return Number(bare)
  if (/^0x[0-9a-fA-F]+$/.test(bare)) return Number(bare)
  return /^0b[01]+$/.test(bare) ? Number(bare) : undefined
}
