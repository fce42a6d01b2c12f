/** A word of YAML: plain if it can be, otherwise in quotes. JSON's quotes are YAML's too. */
export function quoted(word: string): string {
  return /^[A-Za-z][\w/-]*$/.test(word) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(word)
    ? word
    : JSON.stringify(word)
}
