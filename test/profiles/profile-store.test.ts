import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { profileSchema } from '../../src-preload/contract/profile.ts'
import { maskAccessKey } from '../../src-main/s3/access-key-hint.ts'
import { createAwsFiles, createProfiles, input, typed } from './fixtures.ts'

const failing = (code: string) => ({ error: { code } })

describe('profiles', () => {
  it('are made, changed, listed and removed, each with its keychain item', async () => {
    const { store, keychain, credentials, records, secrets } = createProfiles()
    const made = await store.create(input)
    expect(profileSchema.parse(made)).toMatchObject({
      name: 'Site',
      credentialState: 'missing',
      accessKeyHint: null,
    })
    const ready = await store.setSecret(made.id, typed, false)
    expect(ready).toMatchObject({ credentialState: 'ready', accessKeyHint: 'AKIA…0001' })
    expect(await keychain.list()).toEqual([`profile-${made.id}`])
    // S21: another name is the same item.
    const renamed = await store.update(made.id, { ...input, name: 'Renamed', bucketNames: ['a'] })
    expect(renamed).toMatchObject({
      id: made.id,
      name: 'Renamed',
      credentialState: 'ready',
      bucketNames: ['a'],
    })
    expect(await keychain.list()).toHaveLength(1)
    expect(await credentials.resolve(store.find(made.id))).toEqual({
      accessKeyId: typed.accessKeyId,
      secretAccessKey: typed.secretAccessKey,
    })
    // S16 S25: the secret is in no record, and the redactor knows it.
    expect(inspect([records.all(), await store.list()], { depth: Infinity })).not.toContain(
      typed.secretAccessKey,
    )
    expect(secrets).toContain(typed.secretAccessKey)
    await store.remove(made.id)
    expect([await keychain.list(), records.all()]).toEqual([[], []])
    expect(() => store.find(made.id)).toThrow('does not exist')
  })

  it('S32 keep the certificates of a private authority and nothing else of what was pasted', async () => {
    const { store } = createProfiles()
    const [first = '', second = ''] = rootCertificates.map((pem) => new X509Certificate(pem).toString())
    const pasted = `# Our authority\r\n${first}\n\nand the one above it:\n${second}\n`
    const made = await store.create({ ...input, certificateAuthority: pasted })
    expect(made.certificateAuthority).toBe(first + second)
    const again = await store.update(made.id, { ...input, certificateAuthority: '  ' })
    expect(again).not.toHaveProperty('certificateAuthority')
    for (const [wrong, said] of [
      ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', 'private key'],
      [`${first}\n-----BEGIN RSA PRIVATE KEY-----`, 'private key'],
      ['/etc/ssl/ours.pem', 'not a certificate in PEM'],
      [first.slice(0, 300), 'not a certificate in PEM'],
      [first.replace(/^(.{200})./s, '$1\n!'), 'cannot be read'],
      [`${first}\n-----BEGIN CERTIFICATE-----\nabcd\n-----END CERTIFICATE-----`, 'Certificate 2 of 2'],
    ] as const)
      await expect(store.create({ ...input, certificateAuthority: wrong })).rejects.toMatchObject({
        error: { code: 'invalid-argument', message: expect.stringContaining(said) },
      })
    expect(await store.list()).toHaveLength(1)
  })

  it('S28 S29 keep only endpoints that may be talked to, as they will be used', async () => {
    const { store, records } = createProfiles()
    expect(
      await store.create({ ...input, endpoint: 'HTTPS://S3.Example.org/', insecureConsent: 'left over' }),
    ).toMatchObject({
      endpoint: 'https://s3.example.org',
      insecureConsent: null,
      insecure: false,
    })
    const http = { ...input, endpoint: 'http://minio.lan:9000' }
    await expect(store.create(http)).rejects.toMatchObject(failing('insecure-endpoint'))
    const allowed = await store.create({ ...http, insecureConsent: 'minio.lan' })
    expect(allowed.insecure).toBe(true)
    // Consent is to a host: with another one it has to be given anew.
    await expect(
      store.update(allowed.id, { ...http, endpoint: 'http://other.lan', insecureConsent: 'minio.lan' }),
    ).rejects.toMatchObject(failing('insecure-endpoint'))
    await expect(store.create({ ...input, endpoint: 'https://169.254.169.254' })).rejects.toMatchObject(
      failing('endpoint-refused'),
    )
    await expect(store.create({ ...input, endpoint: null })).rejects.toMatchObject(
      failing('endpoint-refused'),
    )
    expect(await store.create({ ...input, provider: 'aws', endpoint: null })).toMatchObject({
      endpoint: null,
    })
    expect(records.all()).toHaveLength(3)
  })

  it('are duplicated with an item of their own', async () => {
    const { store, keychain, credentials } = createProfiles()
    const original = await store.create(input)
    await store.setSecret(original.id, typed, false)
    const copy = await store.duplicate(original.id)
    const second = await store.duplicate(original.id)
    expect([copy.name, second.name]).toEqual(['Site copy', 'Site copy 2'])
    await store.remove(original.id)
    expect(await credentials.resolve(store.find(copy.id))).toMatchObject({
      secretAccessKey: typed.secretAccessKey,
    })
    expect((await keychain.list()).toSorted()).toEqual(
      [`profile-${copy.id}`, `profile-${second.id}`].toSorted(),
    )
  })

  it('changes that overlap are all kept', async () => {
    const { store, records } = createProfiles()
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.create({ ...input, name: `P${n}` })))
    expect(new Set(records.all().map(({ name }) => name)).size).toBe(20)
    expect(new Set(records.all().map(({ id }) => id)).size).toBe(20)
  })
})

describe('S20 F41 a keychain that is not open', () => {
  it.each(['locked', 'timeout'] as const)(
    '%s: shown as such, nothing removed, copied or overwritten',
    async (mode) => {
      const { store, keychain, records } = createProfiles()
      const made = await store.create(input)
      await store.setSecret(made.id, typed, false)
      keychain.mode = mode
      // Another start: the secret is not in memory.
      const later = createProfiles({ keychain })
      await later.records.replace([...records.all()])
      expect(await later.store.list()).toMatchObject([{ credentialState: mode, accessKeyHint: 'AKIA…0001' }])
      const refused = failing(`keychain-${mode}`)
      await expect(later.credentials.resolve(later.store.find(made.id))).rejects.toMatchObject(refused)
      await expect(later.store.remove(made.id)).rejects.toMatchObject(refused)
      await expect(later.store.duplicate(made.id)).rejects.toMatchObject(refused)
      await expect(
        later.store.setSecret(made.id, { ...typed, secretAccessKey: 'new' }, false),
      ).rejects.toMatchObject(refused)
      expect(await later.store.sweepOrphans(new Set([made.id]))).toBe(0)
      expect(later.records.all()).toHaveLength(1)
      keychain.mode = 'open'
      expect(await later.credentials.resolve(later.store.find(made.id))).toMatchObject({
        secretAccessKey: typed.secretAccessKey,
      })
      expect(await later.store.list()).toMatchObject([{ credentialState: 'ready' }])
    },
  )

  it('S19 absent: keys live in memory for the session when the person says so, and nowhere else', async () => {
    const { store, keychain, credentials, records } = createProfiles()
    keychain.mode = 'unavailable'
    const made = await store.create(input)
    expect(made.credentialState).toBe('unavailable')
    await expect(store.setSecret(made.id, typed, false)).rejects.toMatchObject(
      failing('keychain-unavailable'),
    )
    expect(await store.setSecret(made.id, typed, true)).toMatchObject({ credentialState: 'session' })
    expect(await credentials.resolve(store.find(made.id))).toMatchObject({ accessKeyId: typed.accessKeyId })
    expect(JSON.stringify(records.all())).not.toContain(typed.secretAccessKey)
    const copy = await store.duplicate(made.id)
    expect(copy.credentialState).toBe('session')
    // Such a profile can be removed: there is nothing in a keychain that is not there.
    await store.remove(made.id)
    expect(records.all()).toHaveLength(1)
    keychain.mode = 'open'
    expect(await keychain.list()).toEqual([])
  })

  it('S22 a session token is never written down', async () => {
    const { store, keychain, credentials } = createProfiles()
    const made = await store.create(input)
    await store.setSecret(made.id, { ...typed, sessionToken: 'token' }, false)
    expect(await keychain.list()).toEqual([])
    expect(await credentials.resolve(store.find(made.id))).toMatchObject({ sessionToken: 'token' })
    expect(await store.list()).toMatchObject([{ credentialState: 'session' }])
  })

  it('asks the keychain once for a profile, however many requests there are', async () => {
    const { store, keychain, records } = createProfiles()
    const made = await store.create(input)
    await store.setSecret(made.id, typed, false)
    const later = createProfiles({ keychain })
    await later.records.replace([...records.all()])
    keychain.reads = 0
    await Promise.all(Array.from({ length: 50 }, () => later.credentials.resolve(later.store.find(made.id))))
    expect(keychain.reads).toBe(1)
  })

  it('a damaged item is told, not used', async () => {
    const { store, keychain, credentials } = createProfiles()
    const made = await store.create(input)
    await keychain.set(`profile-${made.id}`, '{"accessKeyId": 1}')
    await expect(credentials.resolve(store.find(made.id))).rejects.toMatchObject(failing('no-credentials'))
  })
})

describe('S21 orphans', () => {
  it('items of profiles that were deleted are swept; others and foreign ones stay', async () => {
    const { store, keychain } = createProfiles()
    const made = await store.create(input)
    await store.setSecret(made.id, typed, false)
    await keychain.set('profile-gone', '{}')
    await keychain.set('profile-elsewhere', '{}')
    await keychain.set('something-else', 'x')
    expect(await store.sweepOrphans(new Set(['gone', made.id]))).toBe(1)
    expect((await keychain.list()).toSorted()).toEqual(
      [`profile-${made.id}`, 'profile-elsewhere', 'something-else'].toSorted(),
    )
  })

  it('a copy whose record cannot be written leaves no item', async () => {
    const { store, keychain, records } = createProfiles()
    const made = await store.create(input)
    await store.setSecret(made.id, typed, false)
    records.broken = true
    await expect(store.duplicate(made.id)).rejects.toMatchObject(failing('disk-full'))
    expect(await keychain.list()).toEqual([`profile-${made.id}`])
  })
})

describe('the playground’s profile', () => {
  it('is one, brought up to date at every start, with keys only while it runs', async () => {
    let running: { accessKeyId: string; secretAccessKey: string } | null = null
    const { store, credentials } = createProfiles({ playground: () => running })
    const first = await store.usePlayground({ endpoint: 'http://127.0.0.1:1111', region: 'us-east-1' })
    expect(first).toMatchObject({ credentialState: 'missing', insecure: false })
    await expect(credentials.resolve(store.find(first.id))).rejects.toMatchObject(failing('no-credentials'))
    running = { accessKeyId: 'AKIAPLAY', secretAccessKey: 'play-secret' }
    const second = await store.usePlayground({ endpoint: 'http://127.0.0.1:2222', region: 'us-east-1' })
    expect(second).toMatchObject({
      id: first.id,
      endpoint: 'http://127.0.0.1:2222',
      credentialState: 'ready',
    })
    expect(await credentials.resolve(store.find(first.id))).toEqual(running)
    await expect(store.setSecret(first.id, typed, true)).rejects.toMatchObject(failing('invalid-argument'))
    expect(await store.list()).toHaveLength(1)
    const copy = await store.duplicate(first.id)
    await store.usePlayground({ endpoint: 'http://127.0.0.1:3333', region: 'us-east-1' })
    expect(store.find(copy.id).endpoint).toBe('http://127.0.0.1:3333')
    expect(store.find(first.id).endpoint).toBe('http://127.0.0.1:3333')
  })
})

describe('profiles of ~/.aws', () => {
  const config =
    '[profile site]\nregion = eu-west-3\naws_access_key_id = AKIAEXAMPLE000000001\naws_secret_access_key = in/the/file\n'

  it('are used where they are: nothing is copied, and a change counts', async () => {
    const aws = createAwsFiles(config)
    try {
      let now = 0
      const { store, credentials, records, keychain, secrets } = createProfiles({
        awsFiles: aws.files,
        now: () => now,
      })
      const made = await store.addAws('site')
      expect(profileSchema.parse(made)).toMatchObject({
        name: 'site',
        provider: 'aws',
        region: 'eu-west-3',
        credentialState: 'ready',
        credentialSource: { type: 'aws-config', name: 'site' },
        accessKeyHint: 'AKIA…0001',
      })
      expect(await credentials.resolve(store.find(made.id))).toMatchObject({ secretAccessKey: 'in/the/file' })
      expect(secrets).toContain('in/the/file')
      expect(JSON.stringify(records.all())).not.toContain('in/the/file')
      expect(await keychain.list()).toEqual([])
      const { writeFileSync } = await import('node:fs')
      writeFileSync(aws.files.config, config.replace('in/the/file', 'rotated'))
      now += 60_000
      expect(await credentials.resolve(store.find(made.id))).toMatchObject({ secretAccessKey: 'rotated' })
      writeFileSync(aws.files.config, '')
      now += 60_000
      await expect(credentials.resolve(store.find(made.id))).rejects.toMatchObject(failing('no-credentials'))
      expect(await store.describe(made.id)).toMatchObject({ credentialState: 'missing' })
      await store.remove(made.id)
    } finally {
      aws.remove()
    }
  })

  it('S29 with a metadata endpoint are refused', async () => {
    const aws = createAwsFiles(`${config}endpoint_url = http://169.254.169.254/\n`)
    try {
      const { store } = createProfiles({ awsFiles: aws.files })
      await expect(store.addAws('site')).rejects.toMatchObject(failing('endpoint-refused'))
      await expect(store.addAws('nobody')).rejects.toMatchObject(failing('no-credentials'))
    } finally {
      aws.remove()
    }
  })
})

it.each([
  ['AKIAIOSFODNN7EXAMPLE', 'AKIA…MPLE'],
  ['minioadmin', 'mi…'],
  ['GK0123456789abcdef', 'GK01…cdef'],
])('%s is recognised as %s', (key, hint) => {
  expect(maskAccessKey(key)).toBe(hint)
})
