/** Encodings by the names that Python has for them, normalised; those that TextDecoder knows alike, but for Latin-1. */
const encodings: Readonly<Record<string, string>> = {
  utf_8: 'utf-8',
  utf8: 'utf-8',
  utf_8_sig: 'utf-8',
  ascii: 'utf-8',
  us_ascii: 'utf-8',
  latin_1: 'latin1',
  latin1: 'latin1',
  latin: 'latin1',
  l1: 'latin1',
  iso_8859_1: 'latin1',
  iso8859_1: 'latin1',
  cp1252: 'windows-1252',
  windows_1252: 'windows-1252',
  iso_8859_15: 'iso-8859-15',
  iso8859_15: 'iso-8859-15',
  latin_9: 'iso-8859-15',
  iso_8859_2: 'iso-8859-2',
  iso8859_2: 'iso-8859-2',
  latin_2: 'iso-8859-2',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  koi8_r: 'koi8-r',
  shift_jis: 'shift_jis',
  euc_jp: 'euc-jp',
}

/**
 * The text of Python source in the encoding that its first two lines name (PEP 263), else UTF-8. Null where it is in
 * another one, or not in the one that it names: Python does not run that either.
 */
export function pythonText(bytes: Buffer): string | null {
  const hasMark = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))
  const named = encodingOf(
    bytes
      .subarray(0, 1024)
      .toString('latin1')
      .replace(/^\u00ef\u00bb\u00bf/, ''),
  )
  const encoding = named === null ? 'utf-8' : encodings[named]
  if (encoding === undefined || (hasMark && encoding !== 'utf-8')) return null
  if (encoding === 'latin1') return bytes.toString('latin1')
  const isAscii = named?.endsWith('ascii') === true
  if (isAscii && bytes.some((byte) => byte > 0x7f)) return null
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** What the first line names, or the second one after a remark or nothing; null when neither does. */
function encodingOf(beginning: string): string | null {
  for (const line of beginning.split(/\r\n?|\n/).slice(0, 2)) {
    const name = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line)?.[1]
    if (name !== undefined) return name.toLowerCase().replace(/[-.]/g, '_')
    if (!/^[ \t\f]*(#.*)?$/.test(line)) return null
  }
  return null
}
