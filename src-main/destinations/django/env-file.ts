import { isSecretName, plain, type PythonValue, unknown } from './python-value.ts'

/** Something of which the libraries that read these files make one thing or another, or the code another again. */
const open = unknown({ file: '' }, 0)

/**
 * Reads a file of environment variables, `NAME=value` a line. The value of a name that holds secrets is not kept, only
 * that there is one (S16). Quotes are taken away. Where the libraries that read such files disagree (what a `$` stands
 * for, a remark after a value, a backslash in quotes) the value is not known.
 */
export function readEnvFile(text: string): ReadonlyMap<string, PythonValue> {
  const values = new Map<string, PythonValue>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n?|\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line)
    if (match === null) continue
    const [, name = '', written = ''] = match
    if (isSecretName(name)) values.set(name, { type: 'secret' })
    else values.set(name, valueOf(written))
  }
  return values
}

function valueOf(written: string): PythonValue {
  const [, quote, quoted = ''] = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(written) ?? []
  const value = quote === undefined ? written : quoted
  const isPlain =
    quote === "'"
      ? // python-dotenv fills in the others' values between these, too.
        !/['\\]|[$][{]/.test(value)
      : quote === '"'
        ? !/["$\\]/.test(value)
        : !/^["']|[$]|(^|\s)#/.test(value)
  return isPlain ? plain(value) : open
}

/**
 * Reads a `settings.ini` as python-decouple does: what its section `[settings]` says, by names in lower case. What a `%`
 * stands for is not filled in, and what goes on in a further line is not read.
 */
export function readIniFile(text: string): ReadonlyMap<string, PythonValue> {
  const values = new Map<string, PythonValue>()
  let isSettings = false
  let last: string | null = null
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n?|\n/)) {
    if (/^\s*([#;].*)?$/.test(line)) continue
    if (/^\s/.test(line)) {
      if (isSettings && last !== null && values.get(last)?.type !== 'secret') values.set(last, open)
      continue
    }
    const section = /^\[([^\]]*)\]/.exec(line)
    if (section !== null) {
      isSettings = section[1] === 'settings'
      last = null
      continue
    }
    const [, name = '', written = ''] = /^(.*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
    if (!isSettings || name === '') continue
    last = name.toLowerCase()
    values.set(last, isSecretName(name) ? { type: 'secret' } : written.includes('%') ? open : plain(written))
  }
  return values
}
