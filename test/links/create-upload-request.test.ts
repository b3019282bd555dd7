import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createUploadRequest } from '../../src-main/links/create-upload-request.ts'
import { putBucketPolicy } from '../../src-main/s3/bucket-access.ts'
import { createBucket, deleteBucket } from '../../src-main/s3/buckets.ts'
import { createS3Session } from '../../src-main/s3/create-s3-session.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import { presignGetObject, presignPutObject } from '../../src-main/s3/presign.ts'
import type { S3Credentials, S3Session } from '../../src-main/s3/s3-session.ts'
import { uploadCommand } from '../../src-preload/contract/upload-command.ts'
import type { UploadRequest } from '../../src-preload/contract/upload-request.ts'
import { isHere, openTarget, targetNames } from '../s3-conformance/target.ts'
import type { Target } from '../s3-conformance/target.ts'

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

afterEach(() => vi.restoreAllMocks())

describe.each(targetNames)('upload requests on %s', (name) => {
  const bucket = `pail-request-${process.pid}`
  const bytes = Buffer.from([0, 255, 1, 254, 13, 10])
  const keys = ['in/a b+c%20#?.jpg', 'in/emoji 🪣.jpg', 'in//double.jpg', "in/it's [1-3] {a,b}.jpg"]
  let target: Target
  const it = test.skipIf(!isHere(name))

  const session = (more: Partial<S3Credentials> = {}, transport: 'wire' | 'sdk' = 'wire'): S3Session =>
    createS3Session({
      profileId: 'p1',
      endpoint: target.endpoint,
      region: target.region,
      addressing: 'path',
      checksums: 'when-required',
      insecureAllowed: false,
      transport,
      credentials: () => Promise.resolve({ ...target.credentials, ...more }),
    })
  const options = {
    bucket,
    prefix: 'in/',
    name: 'photo.jpg',
    type: null,
    mustNotReplace: false,
    expiresInSeconds: 300,
  }
  const send = (
    request: Pick<UploadRequest, 'url' | 'headers'>,
    headers: Record<string, string> = {},
    url = request.url,
  ) =>
    fetch(url, {
      method: 'PUT',
      headers: { ...Object.fromEntries(request.headers.map((each) => [each.name, each.value])), ...headers },
      body: bytes,
    })
  const stored = async (key: string) => {
    const { url } = await presignGetObject(session(), { bucket, key, expiresInSeconds: 60 })
    const answer = await fetch(url)
    return { type: answer.headers.get('content-type'), bytes: Buffer.from(await answer.arrayBuffer()) }
  }

  beforeAll(async () => {
    if (!isHere(name)) return
    target = await openTarget(name)
    await createBucket(session(), { bucket, region: target.region, access: 'private' })
  })
  afterAll(async () => {
    if (!isHere(name)) return
    const left: string[] = []
    for await (const { key } of listAllObjects(session(), { bucket, prefix: '' })) left.push(key)
    await deleteObjects(session(), { bucket, keys: left })
    await deleteBucket(session(), { bucket })
    await target.close()
  })

  it.for(keys)('takes %j with exactly its headers, once and again, and gives the bytes back', async (key) => {
    const request = await createUploadRequest(session(), { ...options, prefix: '', name: key })
    expect(request).toMatchObject({
      key,
      headers: [{ name: 'Content-Type', value: 'image/jpeg' }],
      limitedBy: null,
      insecure: true,
      exists: 'no',
      overwriteGuard: null,
    })
    expect((await send(request)).status).toBe(200)
    expect((await send(request)).status).toBe(200)
    expect(await stored(key)).toEqual({ type: 'image/jpeg', bytes })
    expect((await createUploadRequest(session(), { ...options, prefix: '', name: key })).exists).toBe('yes')
  })

  it.each(['wire', 'sdk'] as const)(
    'refuses another type, no type, another key, a longer life and another method (%s)',
    async (transport) => {
      const wanted = { ...options, name: `refused-${transport}.bin`, type: 'text/csv; charset=utf-8' }
      const request = await createUploadRequest(session({}, transport), wanted)
      const wrong = [
        send(request, { 'Content-Type': 'text/html' }),
        send(request, { 'Content-Type': 'text/csv' }),
        fetch(request.url, { method: 'PUT', body: bytes }),
        send(request, {}, request.url.replace('refused-', 'other-')),
        send(request, {}, request.url.replace('X-Amz-Expires=300', 'X-Amz-Expires=301')),
        send(request, {}, request.url.replace(/Signature=./, 'Signature=x')),
        fetch(request.url),
        fetch(request.url, { method: 'DELETE' }),
      ]
      for (const answer of await Promise.all(wrong)) expect(answer.status).toBe(403)
      expect((await createUploadRequest(session(), wanted)).exists).toBe('no')
      expect((await send(request)).status).toBe(200)
      expect((await stored(request.key)).type).toBe('text/csv; charset=utf-8')
    },
  )

  it.each(['wire', 'sdk'] as const)(
    'takes exactly as many bytes as were asked for, and refuses fewer, more and a size that is not told (%s)',
    async (transport) => {
      const size = { kind: 'exactly' as const, bytes: bytes.byteLength }
      const wanted = { ...options, name: `exact-${transport}.jpg`, size }
      const request = await createUploadRequest(session({}, transport), wanted)
      expect(request).toMatchObject({
        size,
        headers: [{ name: 'Content-Type', value: 'image/jpeg' }],
      })
      const sendThese = (body: BodyInit) =>
        fetch(request.url, {
          method: 'PUT',
          headers: { 'Content-Type': 'image/jpeg' },
          body,
          duplex: 'half',
        } as RequestInit)
      for (const wrong of [bytes.subarray(1), Buffer.concat([bytes, bytes]), new Uint8Array(0)])
        expect((await sendThese(wrong)).status).toBe(403)
      const untold = await sendThese(new Blob([bytes]).stream())
      expect(untold.ok).toBe(false)
      expect((await createUploadRequest(session(), wanted)).exists).toBe('no')
      expect((await sendThese(bytes)).status).toBe(200)
      expect(await stored(request.key)).toEqual({ type: 'image/jpeg', bytes })
    },
  )

  it('must not replace: needs its header, refuses what is there, and makes no link to a key that is taken', async () => {
    const wanted = { ...options, name: 'once.jpg', mustNotReplace: true }
    const asked = session()
    const request = await createUploadRequest(asked, wanted)
    expect(request.headers).toEqual([
      { name: 'Content-Type', value: 'image/jpeg' },
      { name: 'If-None-Match', value: '*' },
    ])
    expect(request.overwriteGuard).toBe('not-known')
    expect(
      (await fetch(request.url, { method: 'PUT', headers: { 'Content-Type': 'image/jpeg' }, body: bytes }))
        .status,
    ).toBe(403)
    expect((await send(request)).status).toBe(200)
    expect((await send(request)).status).toBe(412)
    await expect(createUploadRequest(asked, wanted)).rejects.toMatchObject({
      error: { code: 'already-exists' },
    })
  })

  it('ends when it says', async () => {
    // Signed an hour ago by a clock that nothing has put right.
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now - 3_600_000)
    const early = session()
    early.rememberRegion(bucket, target.region)
    const put = { bucket, key: 'in/late.jpg', contentType: 'image/jpeg', mustNotReplace: false }
    const over = await presignPutObject(early, { ...put, expiresInSeconds: 3590 })
    const open = await presignPutObject(early, { ...put, expiresInSeconds: 3700 })
    vi.restoreAllMocks()
    expect(over.expiresAt.getTime()).toBeLessThan(Date.now())
    const upload = (url: string) =>
      fetch(url, { method: 'PUT', headers: { 'Content-Type': 'image/jpeg' }, body: bytes })
    expect((await upload(over.url)).status).toBe(403)
    expect((await upload(open.url)).status).toBe(200)
  })

  it('is signed with the service’s clock when this computer’s is wrong', async () => {
    const real = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 7_200_000)
    const request = await createUploadRequest(session(), { ...options, name: 'clock.jpg' })
    vi.restoreAllMocks()
    expect(Math.abs(Date.parse(request.endsAt) - Date.now() - 300_000)).toBeLessThan(5000)
    expect((await send(request)).status).toBe(200)
  })

  it('lives no longer than the bucket’s policy lets a signature', async () => {
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucket}/in/*`,
      Condition: { NumericGreaterThan: { 's3:signatureAge': '600000' } },
    }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [deny] })
    await putBucketPolicy(session(), { bucket, policy })
    try {
      const long = await createUploadRequest(session(), {
        ...options,
        name: 'aged.jpg',
        expiresInSeconds: 3600,
      })
      expect(long.limitedBy).toBe('policy')
      expect(Math.abs(Date.parse(long.endsAt) - Date.now() - 600_000)).toBeLessThan(5000)
      const elsewhere = { ...options, prefix: 'out/', expiresInSeconds: 3600 }
      expect((await createUploadRequest(session(), elsewhere)).limitedBy).toBeNull()
    } finally {
      await putBucketPolicy(session(), { bucket, policy: null })
    }
  })

  it('lives no longer than seven days, nor than the keys', async () => {
    const year = await createUploadRequest(session(), { ...options, expiresInSeconds: 31_536_000 })
    expect(year.limitedBy).toBe('seven-days')
    expect(new URL(year.url).searchParams.get('X-Amz-Expires')).toBe('604800')
    const expiration = new Date(Date.now() + 600_000)
    const short = await createUploadRequest(session({ expiration }), { ...options, expiresInSeconds: 3600 })
    expect(short.limitedBy).toBe('credentials')
    expect(Math.abs(Date.parse(short.endsAt) - expiration.getTime())).toBeLessThan(3000)
  })

  test.skipIf(!isHere(name) || !hasCurl)('the curl command uploads as it stands', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pail-curl-'))
    try {
      const key = "in/curl's [1-3] {a,b} $HOME `x`.jpg"
      const request = await createUploadRequest(session(), {
        ...options,
        prefix: '',
        name: key,
        mustNotReplace: true,
      })
      await writeFile(join(folder, key.slice(3)), bytes)
      await run('sh', ['-c', uploadCommand(request, 'posix')], { cwd: folder })
      expect(await stored(key)).toEqual({ type: 'image/jpeg', bytes })

      // A size that was asked for is looked at before anything is sent.
      const sized = { ...options, prefix: '', name: "in/sized's $HOME.jpg" }
      await writeFile(join(folder, sized.name.slice(3)), bytes)
      for (const wrong of [
        { kind: 'at-most' as const, bytes: bytes.byteLength - 1 },
        { kind: 'exactly' as const, bytes: bytes.byteLength + 1 },
      ]) {
        const command = uploadCommand(
          await createUploadRequest(session(), { ...sized, size: wrong }),
          'posix',
        )
        await expect(run('sh', ['-c', command], { cwd: folder })).rejects.toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringMatching(
            /^Not sent: the file (is larger than 5 bytes|has not exactly 7 bytes)\.\n$/,
          ),
        })
      }
      for (const kind of ['at-most', 'exactly'] as const) {
        const request = await createUploadRequest(session(), {
          ...sized,
          size: { kind, bytes: bytes.byteLength },
        })
        expect(request.exists).toBe(kind === 'at-most' ? 'no' : 'yes')
        await run('sh', ['-c', uploadCommand(request, 'posix')], { cwd: folder })
        expect(await stored(sized.name)).toEqual({ type: 'image/jpeg', bytes })
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('what an upload request is for', () => {
  const session = createS3Session({
    profileId: 'p1',
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    addressing: 'path',
    checksums: 'when-required',
    insecureAllowed: false,
    credentials: () => Promise.reject(new Error('asked for keys')),
  })
  const options = {
    bucket: 'b',
    prefix: 'in/',
    name: 'a.jpg',
    type: null,
    mustNotReplace: false,
    expiresInSeconds: 60,
  }
  test.each([
    { name: 'folder/' },
    { name: '../up.jpg' },
    { name: 'x'.repeat(1100) },
    { type: 'nonsense-ending' },
    { naming: { template: '{name}-{hash8}.{ext}', clean: 'as-is' as const } },
    { naming: { template: '{nothing}', clean: 'as-is' as const } },
  ])('is checked before anything is asked: %j', async (more) => {
    await expect(createUploadRequest(session, { ...options, ...more })).rejects.toMatchObject({
      error: { code: 'invalid-argument' },
    })
  })
})

describe('uploadCommand', () => {
  const request = (key: string, type = 'image/jpeg') => ({
    url: 'https://[::1]:9000/b/k?X-Amz-Signature=0&x-id=PutObject',
    key,
    headers: [{ name: 'Content-Type', value: type }],
    size: null,
  })

  test('is curl with the headers, quoted for the shell it is for', () => {
    expect(uploadCommand(request("in/it's.jpg"), 'posix')).toBe(
      `curl --fail-with-body --globoff --path-as-is --header 'Content-Type: image/jpeg' --upload-file './it'\\''s.jpg' 'https://[::1]:9000/b/k?X-Amz-Signature=0&x-id=PutObject'`,
    )
    expect(uploadCommand(request('in/it’s “1”.jpg'), 'powershell')).toBe(
      `curl.exe --fail-with-body --globoff --path-as-is --header 'Content-Type: image/jpeg' --upload-file './it’’s “1”.jpg' 'https://[::1]:9000/b/k?X-Amz-Signature=0&x-id=PutObject'`,
    )
  })

  test('looks at the size of the file first where one was asked for', () => {
    const size = { kind: 'at-most' as const, bytes: 20_000_000 }
    const rest = (file: string) =>
      `--fail-with-body --globoff --path-as-is --header 'Content-Type: image/jpeg' --upload-file ${file} 'https://[::1]:9000/b/k?X-Amz-Signature=0&x-id=PutObject'`
    expect(uploadCommand({ ...request('in/a.jpg'), size }, 'posix')).toBe(
      `f='./a.jpg'; if [ $(($(wc -c <"$f"))) -le 20000000 ]; then curl ${rest('"$f"')}; else echo 'Not sent: the file is larger than 20 MB.' >&2; false; fi`,
    )
    expect(uploadCommand({ ...request('in/a.jpg'), size }, 'powershell')).toBe(
      `$f = './a.jpg'; if ((Get-Item -LiteralPath $f).Length -le 20000000) { curl.exe ${rest('$f')} } else { Write-Error 'Not sent: the file is larger than 20 MB.' }`,
    )
  })

  test('a shell passes every name on as one argument', async () => {
    const names = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), {
      numRuns: 40,
      seed: 5,
    })
    const lines = names.map((name) => uploadCommand(request(`in/${name}`), 'posix')).join('\n')
    const { stdout } = await run('sh', ['-c', `curl() { printf '%s\\n' "$7"; }\n${lines}`])
    expect(stdout.split('\n').slice(0, -1)).toEqual(
      names.map((name) => `./${name.slice(name.lastIndexOf('/') + 1).replace(/["\\]/g, '_')}`),
    )
  })
})
