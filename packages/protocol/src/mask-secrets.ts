/**
 * Returns the words of a command line with secrets replaced by `***`. Secrets are the values of flags, assignments and
 * settings whose name ends in a word such as `key`, `token`, `secret` or `password` (`--api-key abc`, `hf_token=abc`,
 * `--apiKey=abc`), and user names and passwords in URLs.
 */
export function maskSecrets(words: readonly string[]): readonly string[] {
  return words.map((word, at) => {
    const before = words[at - 1]
    if (before !== undefined && isBareSecretFlag(before) && !/^--?[A-Za-z]/.test(word)) return MASK
    return withoutLogin(maskAssignments(word))
  })
}

/** Removes the user name and password from a URL. Any other text is returned unchanged. */
export function withoutLogin(text: string): string {
  return text.replace(/([a-z][a-z\d+.-]*:\/\/)[^\s/@]*@/gi, '$1')
}

const MASK = '***'

/** Words that name a secret when they are the last word of a name. */
const SECRETS = new Set([
  'key',
  'apikey',
  'token',
  'secret',
  'password',
  'passwd',
  'passphrase',
  'credential',
  'credentials',
])

function isBareSecretFlag(word: string): boolean {
  return /^--?[A-Za-z][\w.-]*$/.test(word) && isSecretName(word)
}

// Masks assignments within a longer text too, since `sh -c` gets a whole command line as one word.
function maskAssignments(word: string): string {
  return word
    .replace(/([A-Za-z][\w.-]*)=("[^"]*"|'[^']*'|[^\s"']+)/g, (all, name: string) =>
      isSecretName(name) ? `${name}=${MASK}` : all,
    )
    .replace(/(^|\s)(--?[A-Za-z][\w.-]*)(\s+)(?!-)("[^"]*"|'[^']*'|[^\s"']+)/g, (all, start, flag, space) =>
      isSecretName(String(flag)) ? `${start}${flag}${space}${MASK}` : all,
    )
}

function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_.]+/)
  return SECRETS.has(words.at(-1) ?? '')
}
