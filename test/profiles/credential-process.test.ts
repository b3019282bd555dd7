import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCredentialProcess, splitCommand } from '../../src-main/profiles/credential-process.ts'
import { startScriptedServer } from '../s3/scripted-server.ts'
import { createAwsFiles, createProfiles } from './fixtures.ts'

const failing = (code: string) => ({ error: { code } })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pail-command-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A program that leaves a file as the trace of having run, then does what it is told. */
function program(name: string, body: string): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    `#!${process.execPath}\nrequire('node:fs').appendFileSync(${JSON.stringify(`${path}.ran`)}, 'x')\n${body}\n`,
  )
  chmodSync(path, 0o700)
  return path
}

const answer = (more: object = {}) =>
  `process.stdout.write(JSON.stringify(${JSON.stringify({ Version: 1, AccessKeyId: 'AKIAPROCESS000000001', SecretAccessKey: 'from/the/command', ...more })}))`

describe('splitCommand', () => {
  it.each([
    ['/bin/keys --user me', 'linux', ['/bin/keys', '--user', 'me']],
    [`"/opt/my tool/keys" 'a b' c\\ d ""`, 'linux', ['/opt/my tool/keys', 'a b', 'c d', '']],
    [`a"b c"d 'e"f'`, 'linux', ['ab cd', 'e"f']],
    ['"a\\"b" "c\\d"', 'linux', ['a"b', 'c\\d']],
    [
      'keys; rm -rf ~ && echo $HOME | cat `id`',
      'linux',
      ['keys;', 'rm', '-rf', '~', '&&', 'echo', '$HOME', '|', 'cat', '`id`'],
    ],
    ['"C:\\Program Files\\keys.exe" C:\\x', 'win32', ['C:\\Program Files\\keys.exe', 'C:\\x']],
    ["it's", 'win32', ["it's"]],
    ['an "open quote', 'linux', []],
    ['   ', 'linux', []],
  ] as const)('%s (%s)', (command, platform, words) => {
    expect(splitCommand(command, platform)).toEqual(words)
  })
})

describe.skipIf(process.platform === 'win32')('runCredentialProcess', () => {
  it('reads version 1 of the protocol', async () => {
    const command = program('keys', answer({ SessionToken: 't', Expiration: '2030-01-01T00:00:00Z' }))
    expect(await runCredentialProcess(command)).toEqual({
      accessKeyId: 'AKIAPROCESS000000001',
      secretAccessKey: 'from/the/command',
      sessionToken: 't',
      expiration: new Date('2030-01-01T00:00:00Z'),
    })
  })

  it('starts no shell', async () => {
    const trace = join(folder, 'trace')
    const echo = program('echo', 'process.stdout.write(JSON.stringify({ argv: process.argv.slice(2) }))')
    await expect(
      runCredentialProcess(`${echo} ; touch ${trace} $(touch ${trace}) | touch ${trace}`),
    ).rejects.toMatchObject(failing('no-credentials'))
    expect(existsSync(trace)).toBe(false)
  })

  it.each([
    ['another version', answer({ Version: 2 }), /version 1/],
    ['no JSON', 'process.stdout.write("secret-canary")', /JSON/],
    ['a failure', 'process.stderr.write("secret-canary"); process.exit(3)', /code 3/],
    ['too much', 'process.stdout.write("x".repeat(200_000))', /too much/],
    ['half an answer', answer({ SecretAccessKey: '' }), /version 1/],
  ])('%s has its words and repeats nothing', async (_, body, words) => {
    const problem: unknown = await runCredentialProcess(program('bad', body)).catch((error: unknown) => error)
    expect(problem).toMatchObject({
      error: { code: 'no-credentials', message: expect.stringMatching(words) },
    })
    expect(String(problem)).not.toContain('secret-canary')
  })

  it('one that hangs is ended', async () => {
    const command = program('hang', 'setInterval(() => undefined, 1000)')
    await expect(runCredentialProcess(command, { timeoutMs: 300 })).rejects.toMatchObject({
      error: { message: expect.stringContaining('too long') },
    })
  })

  it('one that is not there is told', async () => {
    await expect(runCredentialProcess(join(folder, 'nowhere'))).rejects.toMatchObject({
      error: { message: expect.stringContaining('not found') },
    })
    await expect(runCredentialProcess('an "open quote')).rejects.toMatchObject(failing('no-credentials'))
  })
})

describe.skipIf(process.platform === 'win32')('S31 consent', () => {
  it('the evil fixture is listed, added and shown without a process, a file or a connection', async () => {
    const trap = await startScriptedServer((_, response) => response.end('{}'))
    const evil = program('evil', answer())
    const config = `
[default]
credential_process = ${evil}
endpoint_url = ${trap.endpoint}
ca_bundle = ${join(folder, 'evil-ca.pem')}
[profile direct]
credential_process = sh -c "${evil}; curl ${trap.endpoint}"
[profile role]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = direct
[profile chain]
role_arn = arn:aws:iam::123456789012:role/y
source_profile = role
[profile machine]
role_arn = arn:aws:iam::123456789012:role/z
credential_source = EcsContainer
[profile self]
role_arn = r
source_profile = self
credential_process = ${evil}
[profile web]
role_arn = r
web_identity_token_file = ${join(folder, 'token')}
[profile both]
sso_start_url = ${trap.endpoint}
sso_region = us-east-1
credential_process = ${evil}
`
    const aws = createAwsFiles(config)
    try {
      const { store, credentials } = createProfiles({
        awsFiles: aws.files,
        endpoints: { sts: trap.endpoint, sso: trap.endpoint },
      })
      const listed = await store.listAws()
      expect(listed.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['default', 'direct', 'role', 'chain', 'machine', 'self', 'web', 'both']),
      )
      for (const { name, problem } of listed) {
        expect([name, problem]).toEqual([name, expect.any(String)])
        // Some cannot be added at all; those that can stay inert.
        const made = await store.addAws(name).catch(() => null)
        if (made === null) continue
        expect(made.credentialState).toBe('inert')
        await expect(credentials.resolve(store.find(made.id))).rejects.toMatchObject(
          failing('command-not-allowed'),
        )
        await store.describe(made.id)
        const copy = await store.duplicate(made.id)
        await expect(credentials.resolve(store.find(copy.id))).rejects.toMatchObject(
          failing('command-not-allowed'),
        )
      }
      expect((await store.list()).length).toBeGreaterThanOrEqual(6)
      expect(existsSync(`${evil}.ran`)).toBe(false)
      expect(trap.requests).toHaveLength(0)
    } finally {
      aws.remove()
      await trap.close()
    }
  })

  it.each([
    ['a minute later it is not run again', 60_000, false],
    ['half an hour later it is', 1_800_000, true],
  ])('where the command names no end of its keys: %s', async (_, later, again) => {
    const good = program('endless', answer())
    const aws = createAwsFiles(`[profile p]\ncredential_process = ${good}\n`)
    try {
      let now = 0
      const { store, credentials } = createProfiles({ awsFiles: aws.files, now: () => now })
      const made = await store.addAws('p')
      await store.allowCommand(made.id, good)
      await credentials.resolve(store.find(made.id))
      rmSync(`${good}.ran`)
      now += later
      expect(await credentials.resolve(store.find(made.id))).toMatchObject({
        secretAccessKey: 'from/the/command',
      })
      expect(existsSync(`${good}.ran`)).toBe(again)
    } finally {
      aws.remove()
    }
  })

  it('is to one exact command: it runs then, and not after the file has changed', async () => {
    const good = program('good', answer())
    const other = program('other', answer())
    const aws = createAwsFiles(`[profile p]\ncredential_process = ${good} --a\n`)
    try {
      let now = 0
      const { store, credentials, secrets } = createProfiles({ awsFiles: aws.files, now: () => now })
      const made = await store.addAws('p')
      await expect(store.allowCommand(made.id, `${good} --b`)).rejects.toMatchObject(
        failing('command-not-allowed'),
      )
      const allowed = await store.allowCommand(made.id, `${good} --a`)
      expect(allowed.credentialState).toBe('ready')
      // The state was told without running it.
      expect(existsSync(`${good}.ran`)).toBe(false)
      expect(await credentials.resolve(store.find(made.id))).toMatchObject({
        secretAccessKey: 'from/the/command',
      })
      expect(secrets).toContain('from/the/command')
      writeFileSync(aws.files.config, `[profile p]\ncredential_process = ${other} --a\n`)
      now += 60_000
      await expect(credentials.resolve(store.find(made.id))).rejects.toMatchObject({
        error: { code: 'command-not-allowed', message: expect.stringContaining('changed') },
      })
      expect((await store.describe(made.id)).credentialState).toBe('inert')
      expect(existsSync(`${other}.ran`)).toBe(false)
      // Consent is not handed on to a copy.
      writeFileSync(aws.files.config, `[profile p]\ncredential_process = ${good} --a\n`)
      expect((await store.duplicate(made.id)).credentialState).toBe('inert')
    } finally {
      aws.remove()
    }
  })
})
