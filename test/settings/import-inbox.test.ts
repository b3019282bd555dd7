import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { importRules } from '../../src-main/backend/import-rules.ts'
import type { SettingsImport } from '../../src-main/settings/import-inbox.ts'
import { leaveImport, takeImports } from '../../src-main/settings/import-inbox.ts'
import type { SettingsFile } from '../../src-main/settings/settings-file.ts'
import { openSettingsFile } from '../../src-main/settings/settings-file.ts'

let directory: string
let inbox: string
let settings: SettingsFile
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pail-imports-'))
  inbox = join(directory, 'imports')
  settings = await openSettingsFile(directory)
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const profile: NonNullable<SettingsImport['profile']> = {
  id: 'site-profile',
  name: 'Site',
  colour: 'green',
  provider: 'aws',
  endpoint: null,
  region: 'eu-central-1',
  addressing: 'virtual',
  checksums: 'when-supported',
  bucketNames: [],
  insecureConsent: null,
  credentialSource: { type: 'keychain' },
  accessKeyHint: null,
}
const imported: SettingsImport = { version: 1, profile, destinations: [] }

/** Takes what is in the inbox; what became of it. */
async function taken() {
  const problems = await takeImports(inbox, settings, importRules)
  return { problems, profiles: settings.current().profiles.map(({ id }) => id), left: await readdir(inbox) }
}

describe('S23 what the command line hands to the application', () => {
  test('is a file for its owner, without a key, and taken once', async () => {
    await leaveImport(inbox, imported)
    const [name] = await readdir(inbox)
    expect((await stat(join(inbox, name!))).mode & 0o777).toBe(0o600)
    expect((await stat(inbox)).mode & 0o777).toBe(0o700)
    // Every word in it: there is no room for a key.
    expect(JSON.parse(await readFile(join(inbox, name!), 'utf8'))).toEqual(imported)
    expect(await taken()).toEqual({ problems: [], profiles: ['site-profile'], left: [] })
  })

  test('is never written with a key in it', async () => {
    const withKey = { ...profile, secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
    await expect(leaveImport(inbox, { ...imported, profile: withKey })).rejects.toThrow(/secretAccessKey/)
    expect((await readdir(inbox)).filter((name) => name.endsWith('.json'))).toEqual([])
  })

  const hostile: readonly [string, unknown][] = [
    ['keys', { ...profile, secretAccessKey: 'x' }],
    [
      'consent to a command',
      { ...profile, credentialSource: { type: 'aws-config', name: 'evil', allowedCommand: 'touch /tmp/x' } },
    ],
    ['another source of keys', { ...profile, credentialSource: { type: 'aws-config', name: 'default' } }],
    ['consent to plain http', { ...profile, insecureConsent: 'files.example' }],
    ['an authority of its own', { ...profile, certificateAuthority: '-----BEGIN CERTIFICATE-----' }],
    ['an id that is a path', { ...profile, id: '../../settings' }],
    ['100,000 buckets', { ...profile, bucketNames: Array.from({ length: 100_000 }, () => 'b') }],
  ]
  test.each(hostile)('is refused when it brings %s', async (_what, brought) => {
    await mkdir(inbox)
    await writeFile(join(inbox, '1.json'), JSON.stringify({ ...imported, profile: brought }))
    expect(await taken()).toEqual({
      problems: ['1.json is not an import that this Pail knows.'],
      profiles: [],
      left: ['1.json'],
    })
  })

  test.each([
    'http://files.example',
    'http://169.254.169.254',
    'https://user:word@files.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ])('does not bring the endpoint %s, which a person could not enter unasked either', async (endpoint) => {
    await mkdir(inbox)
    const brought = { ...profile, provider: 'other', endpoint }
    await writeFile(join(inbox, '1.json'), JSON.stringify({ ...imported, profile: brought }))
    const { problems, profiles } = await taken()
    expect([problems, profiles]).toEqual([['The profile “Site” could not be taken over.'], []])
  })

  test('does not replace a profile that is there', async () => {
    await leaveImport(inbox, imported)
    await taken()
    await leaveImport(inbox, { ...imported, profile: { ...profile, name: 'Another', region: 'us-east-1' } })
    expect(await taken()).toEqual({ problems: [], profiles: ['site-profile'], left: [] })
    expect(settings.current().profiles[0]).toMatchObject({ name: 'Site', region: 'eu-central-1' })
  })

  const damaged: readonly [string, string][] = [
    ['nothing', ''],
    ['half of it', JSON.stringify(imported).slice(0, 120)],
    ['a prototype', `{"__proto__": {"polluted": 1}, "version": 1, "profile": null, "destinations": []}`],
    ['more than any import has', JSON.stringify({ ...imported, filler: 'x'.repeat(5 * 1024 * 1024) })],
    ['much nothing around it', `${' '.repeat(5 * 1024 * 1024)}${JSON.stringify(imported)}`],
  ]
  test.each(damaged)('is left alone when there is %s in the file', async (_what, text) => {
    await mkdir(inbox)
    await writeFile(join(inbox, '1.json'), text)
    const { profiles, left } = await taken()
    expect([profiles, left, ({} as { polluted?: number }).polluted]).toEqual([[], ['1.json'], undefined])
  })

  test.skipIf(process.platform === 'win32')(
    'is neither followed elsewhere nor waited for when it is no file',
    async () => {
      await mkdir(inbox)
      const elsewhere = join(directory, 'elsewhere.json')
      await writeFile(elsewhere, JSON.stringify(imported))
      await symlink(elsewhere, join(inbox, '1.json'))
      execFileSync('mkfifo', [join(inbox, '2.json')])
      await mkdir(join(inbox, '3.json'))
      const { problems, profiles } = await taken()
      expect([problems.length, profiles]).toEqual([3, []])
    },
  )
})
