import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProfileInput } from '../../src-preload/contract/profile.ts'
import { makeCertificate } from '../s3/wire/both-transports.ts'
import { type ScriptedServer, sendXml, startScriptedServer } from '../s3/scripted-server.ts'
import { typed } from '../profiles/fixtures.ts'
import { codeOf, type RunningBackend, runBackend, value } from './running-backend.ts'
import { profileInput, saveProfile } from './saved-profile.ts'

const listing = '<ListBucketResult><Name>b</Name><KeyCount>0</KeyCount></ListBucketResult>'
const list = { bucket: 'bucket', prefix: '', recursive: true, continuationToken: null } as const

let backend: RunningBackend
let server: ScriptedServer
beforeAll(async () => {
  backend = await runBackend()
  server = await startScriptedServer((_, response) => sendXml(response, listing))
})
afterAll(async () => {
  await backend.close()
  await server.close()
})

const profile = (more: Partial<ProfileInput>) => profileInput(server.endpoint, more)

const create = (more: Partial<ProfileInput>) =>
  saveProfile(backend.api, { endpoint: server.endpoint, ...typed }, more, false)

/** The programs that the requests since then have named. */
const agents = (since: number) =>
  new Set(server.requests.slice(since).map(({ headers }) => String(headers['user-agent']).split('/')[0]))

describe('the switch of a profile', () => {
  it('sends everything through the SDK, and back', async () => {
    const profileId = await create({ transport: 'sdk' })
    await value(backend.api.listObjects({ profileId, ...list }))
    expect(agents(0)).toEqual(new Set(['aws-sdk-js']))

    const before = server.requests.length
    await value(backend.api.updateProfile({ profileId, profile: profile({}) }))
    await value(backend.api.listObjects({ profileId, ...list }))
    expect(agents(before)).toEqual(new Set(['pail']))
  })

  it('is the command line’s, too', async () => {
    const { accessKeyId, secretAccessKey } = typed
    const other = await runBackend({
      environmentProfile: {
        ...profile({ transport: 'sdk' }),
        transport: 'sdk',
        credentials: { accessKeyId, secretAccessKey, sessionToken: null },
      },
    })
    const before = server.requests.length
    await value(other.api.listObjects({ profileId: 'environment', ...list }))
    await other.close()
    expect(agents(before)).toEqual(new Set(['aws-sdk-js']))
  })
})

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('a private certificate authority', () => {
  it.each(['wire', 'sdk'] as const)(
    'S32 F26 is trusted over %s where the profile has it',
    async (transport) => {
      const certificate = makeCertificate()
      const secure = await startScriptedServer((_, response) => sendXml(response, listing), certificate)
      const { endpoint } = secure
      const profileId = await create({ endpoint, transport })
      expect(await codeOf(backend.api.listObjects({ profileId, ...list }))).toBe('tls')
      const certificateAuthority = `What the administrator sent:\n${certificate.cert}`
      await value(
        backend.api.updateProfile({
          profileId,
          profile: profile({ endpoint, transport, certificateAuthority }),
        }),
      )
      expect(await codeOf(backend.api.listObjects({ profileId, ...list }))).toBe('ok')
      // And not any more, once the profile has it no more.
      await value(backend.api.updateProfile({ profileId, profile: profile({ endpoint, transport }) }))
      expect(await codeOf(backend.api.listObjects({ profileId, ...list }))).toBe('tls')
      await secure.close()
    },
  )

  it('is trusted beside those that this computer trusts', async () => {
    const certificate = makeCertificate()
    const secure = await startScriptedServer((_, response) => sendXml(response, listing), certificate)
    const folder = await mkdtemp(join(tmpdir(), 'pail-trust-'))
    const trusted = join(folder, 'trusted.pem')
    await writeFile(trusted, certificate.cert)
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('trusting-child.ts', import.meta.url)), secure.endpoint, makeCertificate().cert],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child, 'close')
    expect(said).toBe('listed')
    await secure.close()
    await rm(folder, { recursive: true })
  })
})
