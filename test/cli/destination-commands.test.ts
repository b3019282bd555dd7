import { describe, expect, test } from 'vitest'
import { environmentProfileId } from '../../src-main/backend/backend-parts.ts'
import { recommendedRules } from '../../src-preload/contract/recommended-rules.ts'
import { answer, type Answers, createApiDouble, refuse } from './api-double.ts'
import { runForTest, someKeys } from './run-for-test.ts'
import { madeLink } from './sample-link.ts'
import { all, hidden, media, noKeys, profile, site } from './sample-destinations.ts'

const link: Answers = { createLink: answer(madeLink) }

describe('pail destinations', () => {
  test('warns of two that settings of before have for the same objects', async () => {
    const inner = { ...media, id: 'd4', name: 'Team', prefix: 'media/public/team/' }
    const twice = createApiDouble({ ...all, listDestinations: answer([media, hidden, inner]) })
    const ran = await runForTest(['destinations'], twice, noKeys)
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('In assets “Public media” and “Team” overlap.')
    const { overlaps } = JSON.parse((await runForTest(['destinations', '--json'], twice, noKeys)).out)
    expect(overlaps).toEqual([['d1', 'd4']])
  })

  test('lists them without anybody’s keys, as lines and as one document', async () => {
    const ran = await runForTest(['destinations'], createApiDouble(all), noKeys)
    expect(ran.out.split('\n')[0]).toBe('Public media   media   public   s3://assets/media/public/  Work')
    expect(ran).toMatchObject({ code: 0, opened: null })
    const { destinations } = JSON.parse(
      (await runForTest(['destinations', '--json'], createApiDouble(all), noKeys)).out,
    )
    expect(destinations).toHaveLength(3)
    expect(destinations[1]).toEqual({
      id: 'd2',
      name: 'Private media',
      profile: 'Work',
      bucket: 'assets',
      prefix: 'p/',
      kind: 'media',
      visibility: 'private',
      cacheControl: 'max-age=60',
      onConflict: 'keep-both',
      baseUrl: 'https://media.example.org',
      linkExpirySeconds: 900,
      linkFormat: 'url',
      keyTemplate: null,
      keyPairId: null,
      distributionId: null,
      stripPrefix: false,
      rules: [],
    })
  })

  test('the document has what links and uploads are made by', async () => {
    const made = {
      linkFormat: 'markdown',
      keyPairId: 'K2JCJMDEHXQW5F',
      distributionId: 'E2QWRUHAPOMQZL',
      stripPrefix: true,
      rules: [{ glob: '*.json', cacheControl: 'no-cache' }],
    } as const
    const answers = { ...all, listDestinations: answer([{ ...site, ...made, rules: [...made.rules] }]) }
    const { out } = await runForTest(['destinations', '--json'], createApiDouble(answers), noKeys)
    expect(JSON.parse(out)).toMatchObject({ destinations: [made] })
    // What runs on this computer is no part of where things go.
    expect(out).not.toContain('npm run build')
  })
})

describe('a destination with a key pair of CloudFront', () => {
  const signed = { ...hidden, keyPairId: 'K2JCJMDEHXQW5F', stripPrefix: true }
  test('has its links signed there, but for a name to save under', async () => {
    const double = createApiDouble({ ...all, ...link, listDestinations: answer([signed]) })
    for (const more of [[], ['--download-as', 'x.pdf']])
      expect(
        await runForTest(['link', 'a.pdf', '--to', 'Private media', ...more], double, noKeys),
      ).toMatchObject({ code: 0 })
    const [atEdge, named] = double.inputs('createLink')
    expect(atEdge).toMatchObject({
      key: 'p/a.pdf',
      kind: 'presigned',
      baseUrl: 'https://media.example.org',
      servedPrefix: 'p/',
      keyPairId: 'K2JCJMDEHXQW5F',
    })
    expect(named).toMatchObject({ kind: 'presigned', downloadAs: 'x.pdf' })
  })
})

describe('pail request-upload', () => {
  const url = 'https://assets.s3.amazonaws.com/k?X-Amz-Signature=0'
  const answers: Answers = {
    ...all,
    createUploadRequest: answer({
      url,
      key: 'media/public/photo.jpg',
      headers: [
        { name: 'Content-Type', value: 'image/jpeg' },
        { name: 'If-None-Match', value: '*' },
      ],
      size: null,
      endsAt: '2026-01-02T03:04:05.000Z',
      limitedBy: 'credentials',
      insecure: false,
      exists: 'no',
      overwriteGuard: 'not-known',
      recordId: null,
    }),
  }

  test('names the object by the destination’s rules, and asks for what the options say', async () => {
    const double = createApiDouble(answers)
    const named = await runForTest(['request-upload', 'photo.jpg', '--to', 'Public media'], double, noKeys)
    expect(named).toMatchObject({ code: 0, out: `${url}\n` })
    expect(named.err).toContain('The upload has to send Content-Type: image/jpeg')
    expect(named.err).toContain('The link ends when the temporary keys do.')
    expect(named.err).toContain('S3 cannot limit it')
    expect(named.err).toContain('is not known')
    expect(named.err).toContain('not in the list of links')
    const exact = [
      'request-upload',
      's3://b/a b.jpg',
      '--type',
      'jpg',
      '--expires',
      '5m',
      '--must-not-replace',
      '--max-size',
      '1.5 MB',
    ]
    expect(await runForTest(exact, double)).toMatchObject({ code: 0 })
    expect(double.inputs('createUploadRequest')).toEqual([
      {
        profileId: 'p1',
        bucket: 'assets',
        prefix: 'media/public/',
        name: 'photo.jpg',
        naming: { template: null, clean: 'django' },
        type: null,
        mustNotReplace: false,
        expiresInSeconds: 900,
      },
      {
        profileId: environmentProfileId,
        bucket: 'b',
        prefix: '',
        name: 'a b.jpg',
        type: 'jpg',
        mustNotReplace: true,
        size: { kind: 'at-most', bytes: 1_500_000 },
        expiresInSeconds: 300,
      },
    ])
    await runForTest(['request-upload', 's3://b/a.jpg', '--size', '4096'], double)
    expect(double.inputs('createUploadRequest').at(-1)?.size).toEqual({ kind: 'exactly', bytes: 4096 })
  })

  test('prints the command to hand over, and both in one document', async () => {
    const curl =
      `curl --fail-with-body --globoff --path-as-is --header 'Content-Type: image/jpeg' ` +
      `--header 'If-None-Match: *' --upload-file './photo.jpg' '${url}'`
    const argv = ['request-upload', 's3://assets/media/public/photo.jpg']
    expect((await runForTest([...argv, '--curl'], createApiDouble(answers))).out).toBe(`${curl}\n`)
    expect(JSON.parse((await runForTest([...argv, '--json'], createApiDouble(answers))).out)).toMatchObject({
      url,
      method: 'PUT',
      headers: { 'Content-Type': 'image/jpeg', 'If-None-Match': '*' },
      key: 'media/public/photo.jpg',
      curl,
    })
  })
})

describe('--to', () => {
  test('makes the links that the destination has: plain for a public one, signed with its expiry else', async () => {
    const double = createApiDouble({ ...all, ...link })
    for (const argv of [
      ['link', 'a b.png', '--to', 'Public media'],
      ['link', 'media/public/a b.png', '--to', 'd1', '--expires', '5m'],
      ['link', 'x.pdf', '--to', 'assets/Private media'],
      ['link', 'css/site.css', '--to', 'Static', '--profile', 'Work'],
    ])
      expect(await runForTest(argv, double, noKeys)).toMatchObject({
        code: 0,
        out: `${madeLink.url}\n`,
      })
    const shared = { profileId: 'p1', bucket: 'assets', downloadAs: null, copy: false, selfTest: true }
    expect(double.inputs('createLink')).toEqual([
      {
        ...shared,
        key: 'media/public/a b.png',
        kind: 'public',
        expiresInSeconds: 900,
        baseUrl: 'https://media.example.org',
      },
      {
        ...shared,
        key: 'media/public/a b.png',
        kind: 'presigned',
        expiresInSeconds: 300,
        baseUrl: media.baseUrl,
      },
      { ...shared, key: 'p/x.pdf', kind: 'presigned', expiresInSeconds: 900, baseUrl: media.baseUrl },
      {
        ...shared,
        key: 'static/css/site.css',
        kind: 'public',
        expiresInSeconds: 900,
        baseUrl: 'https://media.example.org',
        servedPrefix: 'static/',
      },
    ])
  })

  test('syncs its own folder by its own rules, and the options go before them', async () => {
    const stop = refuse('cancelled')
    const double = createApiDouble({
      ...all,
      planSync: () => stop,
      chooseFolder: answer({ folderId: 'f2', name: 'x' }),
    })
    const ran = await runForTest(['sync', '--to', 'Static'], double, noKeys)
    expect(ran.err).toContain('Not run: npm run build')
    await runForTest(
      ['sync', './dist', '--to', 'Static', '--cache-control', 'no-store', '--private', '--exclude', 'x'],
      double,
      noKeys,
    )
    const place = { profileId: 'p1', bucket: 'assets', prefix: 'static/' }
    expect(double.inputs('planSync')).toMatchObject([
      {
        ...place,
        folderId: 'f1',
        options: {
          cacheControl: 'max-age=60',
          visibility: 'public',
          exclude: ['*.map'],
          keepPrevious: true,
          rules: [...(site.rules ?? []), ...recommendedRules],
        },
      },
      {
        ...place,
        folderId: 'f2',
        options: { cacheControl: 'no-store', visibility: 'private', exclude: ['x', '*.map'] },
      },
    ])
    expect(await runForTest(['sync', '--to', 'Public media'], double, noKeys)).toMatchObject({ code: 2 })
    // None of the patterns is dropped, neither these nor those of the destination.
    const hundred = Array.from({ length: 100 }, (_, index) => ['--exclude', `f${index}`]).flat()
    const many = await runForTest(['sync', '--to', 'Static', ...hundred], double, noKeys)
    expect(many.code).toBe(2)
    expect(many.err).toContain('--exclude and “Static” have 101 patterns together')
  })

  test('uploads with its prefix, visibility, headers and conflict rule', async () => {
    const double = createApiDouble({
      ...all,
      registerDrop: answer({ selectionId: 's1', files: 1, bytes: 1, problems: [] } as never),
      startUpload: () => refuse('cancelled'),
      listTransfers: answer({ transfers: [], batches: [] } as never),
    })
    await runForTest(['put', 'a.png', '--to', 'Public media'], double, noKeys)
    await runForTest(['put', 'a.png', '--to', 'Static', '--private'], double, noKeys)
    await runForTest(['put', 'a.png', '--to', 'Static', '--on-conflict', 'fail'], double, noKeys)
    expect(double.inputs('startUpload')).toMatchObject([
      {
        profileId: 'p1',
        bucket: 'assets',
        prefix: 'media/public/',
        visibility: 'public',
        onConflict: 'keep-both',
        cacheControl: 'max-age=60',
        naming: { template: null, clean: 'django' },
      },
      { prefix: 'static/', visibility: 'private', onConflict: 'overwrite' },
      { prefix: 'static/', visibility: 'public', onConflict: 'fail' },
    ])
  })

  test('a profile without keys here has those of the environment, at its own service', async () => {
    const double = createApiDouble({
      ...all,
      ...link,
      listProfiles: answer([{ ...profile, credentialState: 'missing' }]),
    })
    const ran = await runForTest(['link', 'x', '--to', 'd2'], double)
    expect(ran.opened).toMatchObject({
      endpoint: 'https://s3.example.org',
      region: 'eu-central-1',
      addressing: 'path',
      credentials: { accessKeyId: someKeys.AWS_ACCESS_KEY_ID },
    })
    expect(double.inputs('createLink')).toMatchObject([{ profileId: environmentProfileId }])
    // S20 a locked keychain is not a missing key.
    const locked = createApiDouble({
      ...all,
      ...link,
      listProfiles: answer([{ ...profile, credentialState: 'locked' }]),
    })
    expect((await runForTest(['link', 'x', '--to', 'd2'], locked)).opened).toBeNull()
  })

  test('what is not one destination, or not below it, is wrong usage', async () => {
    const twice = createApiDouble({
      ...all,
      listDestinations: answer([media, { ...media, id: 'd9', bucket: 'other' }]),
    })
    for (const [argv, double, words] of [
      [['link', 'x', '--to', 'Nothing'], createApiDouble(all), 'There are: Public media'],
      [['link', 'x', '--to', 'Public media'], twice, 'bucket/name'],
      [['link', 's3://assets/x', '--to', 'd1'], createApiDouble(all), 'leave s3:// out'],
      [['link', '../x', '--to', 'd1'], createApiDouble(all), 'not below'],
      [
        ['link', 'x', '--to', 'd1', '--endpoint-url', 'https://x.org'],
        createApiDouble(all),
        'knows its service',
      ],
      [['put', 'a', 's3://b/', '--to', 'd1'], createApiDouble(all), 'leave the address out'],
      [['sync', 'a', 's3://b/', '--to', 'd1'], createApiDouble(all), 'pail sync takes'],
    ] as const) {
      const ran = await runForTest(argv, double, noKeys)
      expect([argv, ran.code]).toEqual([argv, 2])
      expect(ran.err).toContain(words)
    }
  })
})
