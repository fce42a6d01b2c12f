/** Formats a word for YAML: plain if possible, otherwise in quotes. Text in JSON's quotes is valid YAML. */
export function quoted(word: string): string {
  return /^[A-Za-z][\w/-]*$/.test(word) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(word)
    ? word
    : JSON.stringify(word)
}
