/** SHA-1 of a text in UTF-8, as 40 hex digits. For names that HyperHerd gave its trials, not for secrets. */
export function sha1(text: string): string {
  const words = paddedWords(ENCODER.encode(text))
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
  const schedule = new Uint32Array(80)
  for (let at = 0; at < words.length; at += 16) addBlock(state, schedule, words.subarray(at, at + 16))
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('')
}

const ENCODER = new TextEncoder()

function paddedWords(bytes: Uint8Array): Uint32Array {
  const blocks = Math.ceil((bytes.length + 9) / 64)
  const words = new Uint32Array(blocks * 16)
  for (let place = 0; place <= bytes.length; place++) {
    const byte = place < bytes.length ? (bytes[place] ?? 0) : 0x80
    words[place >> 2] = at(words, place >> 2) | (byte << (24 - (place & 3) * 8))
  }
  words[blocks * 16 - 2] = Math.floor((bytes.length * 8) / 2 ** 32)
  words[blocks * 16 - 1] = (bytes.length * 8) >>> 0
  return words
}

function addBlock(state: Uint32Array, schedule: Uint32Array, block: Uint32Array): void {
  schedule.set(block)
  for (let t = 16; t < 80; t++) {
    schedule[t] = rotate(at(schedule, t - 3) ^ at(schedule, t - 8) ^ at(schedule, t - 14) ^ at(schedule, t - 16), 1)
  }
  let [a, b, c, d, e] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3), at(state, 4)]
  for (let t = 0; t < 80; t++) {
    const next = (rotate(a, 5) + mix(t, b, c, d) + e + at(schedule, t)) | 0
    e = d
    d = c
    c = rotate(b, 30)
    b = a
    a = next
  }
  for (const [place, word] of [a, b, c, d, e].entries()) state[place] = (at(state, place) + word) | 0
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

function at(words: Uint32Array, place: number): number {
  return words[place] ?? 0
}
