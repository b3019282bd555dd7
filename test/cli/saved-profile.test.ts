import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pailCommand, pailOn, runProgram } from './pail-process.ts'
import { playgroundServer, type StartedServer } from './servers.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const keyring = path('../keyring.sh')
const node = path('../../node_modules/.bin/node')

const hasKeyring =
  process.platform === 'linux' &&
  ['gnome-keyring-daemon', 'dbus-run-session', 'gdbus'].every(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0,
  )

describe.skipIf(!hasKeyring)('a profile that the application saved', () => {
  let server: StartedServer
  let directory: string
  beforeAll(async () => {
    server = await playgroundServer()
    directory = await mkdtemp(join(tmpdir(), 'pail-cli-test-'))
    expect((await pailOn(server, directory)(['mb', 's3://saved-profile-bucket'])).code).toBe(0)
  })
  afterAll(async () => {
    await server.close()
    await rm(directory, { recursive: true, force: true })
  })

  /** Saves the profile and runs `pail buckets --profile Work` in one session of a keyring. */
  function saveAndUse(userData: string, between = '') {
    const script = `"$1" "$2" "$3" "$4" "$5" "$6" && ${between} exec "$7" "$8" buckets --profile Work`
    return runProgram(
      keyring,
      [
        'unlocked',
        'bash',
        '-c',
        script,
        'bash',
        node,
        path('./save-profile.ts'),
        userData,
        server.endpoint,
        server.accessKeyId,
        server.secretAccessKey,
        ...pailCommand(),
      ],
      { environment: { PAIL_USER_DATA: userData } },
    )
  }

  test('is used with its keys from the keychain, and nothing is written to its settings', async () => {
    const userData = join(directory, 'unlocked')
    const ran = await saveAndUse(userData, `cp "$3/settings.json" "$3/before.json" &&`)
    expect(ran.err).not.toContain('pail:')
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.out).toContain('saved-profile-bucket')
    const after = await readFile(join(userData, 'settings.json'), 'utf8')
    expect(after).toBe(await readFile(join(userData, 'before.json'), 'utf8'))
    // S16 the secret is in the keychain alone.
    const kept = await readdir(userData, { recursive: true, withFileTypes: true })
    const files = kept.filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(1)
    for (const { parentPath, name } of files)
      expect(await readFile(join(parentPath, name), 'utf8')).not.toContain(server.secretAccessKey)
  })

  test('S20 whose keychain is locked says so, by its own code', async () => {
    const userData = join(directory, 'locked')
    const lock =
      'gdbus call --session -d org.freedesktop.secrets -o /org/freedesktop/secrets' +
      ` -m org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/collection/login']" >/dev/null &&`
    const ran = await saveAndUse(userData, lock)
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('keychain-locked')
  })
})

test('an entry of ~/.aws is used by its name without a profile in the application', async () => {
  const server = await playgroundServer()
  const directory = await mkdtemp(join(tmpdir(), 'pail-cli-test-'))
  try {
    await writeFile(
      join(directory, 'config'),
      `[profile here]\nregion = us-east-1\nendpoint_url = ${server.endpoint}\n`,
    )
    await writeFile(
      join(directory, 'credentials'),
      `[here]\naws_access_key_id = ${server.accessKeyId}\naws_secret_access_key = ${server.secretAccessKey}\n`,
    )
    const [program, file] = pailCommand()
    const environment = {
      AWS_CONFIG_FILE: join(directory, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
      PAIL_USER_DATA: join(directory, 'user-data'),
    }
    const made = await runProgram(program, [file, 'mb', 's3://from-aws-files', '--profile', 'here'], {
      environment,
    })
    expect(made, made.err).toMatchObject({ code: 0 })
    const listed = await runProgram(program, [file, 'buckets', '--profile', 'here'], { environment })
    expect(listed.out).toContain('from-aws-files')
    expect((await readdir(directory)).sort()).toEqual(['config', 'credentials'])
  } finally {
    await server.close()
    await rm(directory, { recursive: true, force: true })
  }
})
