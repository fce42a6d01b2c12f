/** Returns the SHA-1 of a UTF-8 string as 40 hex digits. It is only used for HyperHerd's trial names, not for secrets. */
export function sha1(text: string): string {
  const count = fillWords(text)
  STATE.set(START)
  for (let start = 0; start < count; start += 16) addBlock(STATE, words, start)
  let hex = ''
  for (let at = 0; at < 5; at++) hex += ((STATE[at] ?? 0) >>> 0).toString(16).padStart(8, '0')
  return hex
}

// A plan may compute a hundred thousand hashes, so the buffers are reused.
const ENCODER = new TextEncoder()
const START = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
const STATE = new Int32Array(5)
const SCHEDULE = new Int32Array(80)
let words = new Int32Array(256)
let bytes = new Uint8Array(words.buffer)
let view = new DataView(words.buffer)

/** Writes the padded string to `words` and returns how many words it fills. */
function fillWords(text: string): number {
  if (text.length * 3 + 72 > bytes.length) {
    words = new Int32Array(Math.ceil((text.length * 3 + 72) / 4))
    bytes = new Uint8Array(words.buffer)
    view = new DataView(words.buffer)
  }
  const length = ENCODER.encodeInto(text, bytes).written
  const count = Math.ceil((length + 9) / 64) * 16
  bytes.fill(0, length, count * 4)
  bytes[length] = 0x80
  // The bytes are big-endian on every machine.
  for (let place = 0; place < count; place++) words[place] = view.getInt32(place * 4)
  words[count - 2] = Math.floor((length * 8) / 2 ** 32)
  words[count - 1] = length * 8
  return count
}

function addBlock(state: Int32Array, words: Int32Array, start: number): void {
  for (let t = 0; t < 16; t++) SCHEDULE[t] = at(words, start + t)
  for (let t = 16; t < 80; t++) {
    SCHEDULE[t] = rotate(at(SCHEDULE, t - 3) ^ at(SCHEDULE, t - 8) ^ at(SCHEDULE, t - 14) ^ at(SCHEDULE, t - 16), 1)
  }
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  for (let t = 0; t < 80; t++) {
    const next = (rotate(a, 5) + mix(t, b, c, d) + e + at(SCHEDULE, t)) | 0
    e = d
    d = c
    c = rotate(b, 30)
    b = a
    a = next
  }
  state[0] = at(state, 0) + a
  state[1] = at(state, 1) + b
  state[2] = at(state, 2) + c
  state[3] = at(state, 3) + d
  state[4] = at(state, 4) + e
}

function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
  return (b ^ c ^ d) + 0xca62c1d6
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function at(words: Int32Array, place: number): number {
  return words[place] ?? 0
}
