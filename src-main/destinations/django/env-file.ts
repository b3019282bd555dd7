import { isSecretName, plain, type PythonValue } from './python-value.ts'

/**
 * Reads a file of environment variables, `NAME=value` a line. The value of a name that holds secrets is not kept, only
 * that there is one (S16). Quotes are taken away; what a `$` stands for is not filled in, and such a value is left out.
 */
export function readEnvFile(text: string): ReadonlyMap<string, PythonValue> {
  const values = new Map<string, PythonValue>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n?|\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line)
    if (match === null) continue
    const [, name = '', written = ''] = match
    if (isSecretName(name)) {
      values.set(name, { type: 'secret' })
      continue
    }
    const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(written)
    const value = quoted === null ? written.replace(/\s+#.*$/, '').replace(/^#.*$/, '') : (quoted[2] ?? '')
    if (quoted?.[1] !== "'" && value.includes('$')) continue
    values.set(name, plain(value))
  }
  return values
}
