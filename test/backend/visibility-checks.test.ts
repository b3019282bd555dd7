import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InputOf } from '../../src-preload/contract/api.ts'
import { eventSchemas } from '../../src-preload/contract/schemas.ts'
import { type SyncOptions, syncOptionsSchema } from '../../src-preload/contract/sync-plan.ts'
import type { CheckedObject } from '../../src-preload/contract/visibility-plan.ts'
import type { VisibilityReport } from '../../src-preload/contract/visibility-report.ts'
import { type Edge, startEdge } from '../cdn/edge.ts'
import { type RunningBackend, runBackend, value } from './running-backend.ts'

const bucket = 'pail-truth'

let edge: Edge
let backend: RunningBackend
let profileId = ''
/** Reports that have come to their end and were not asked for yet, with the answers that belong to each. */
const ended: VisibilityReport[] = []
const answers = new Map<string, CheckedObject[]>()
const begun = new Set<string>()
let waiting: (() => void) | null = null

beforeAll(async () => {
  edge = await startEdge()
  backend = await runBackend()
  profileId = (await value(backend.api.startPlayground({}))).profile.id
  await value(backend.api.createBucket({ profileId, bucket, region: 'us-east-1', access: 'per-object' }))
  backend.api.onVisibilityReport((event) => {
    const report = eventSchemas.onVisibilityReport.parse(event)
    begun.add(report.reportId)
    if (report.state === 'asking') return
    ended.push(report)
    waiting?.()
  })
  backend.api.onVisibilityAnswers((event) => {
    const { reportId, checks } = eventSchemas.onVisibilityAnswers.parse(event)
    // A window forgets what it knew at the first report: answers before that would be lost.
    expect(begun).toContain(reportId)
    answers.set(reportId, [...(answers.get(reportId) ?? []), ...checks])
  })
})
afterAll(async () => {
  await backend.close()
  await edge.close()
})

/** The next report of a cause, with its answers; each is what an unsigned request of our own is answered. */
async function nextReport(cause: VisibilityReport['cause']) {
  for (;;) {
    const index = ended.findIndex((report) => report.cause === cause)
    const [report] = index < 0 ? [] : ended.splice(index, 1)
    if (report === undefined) {
      await new Promise<void>((resolve) => {
        waiting = resolve
      })
      continue
    }
    const checks = (answers.get(report.reportId) ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    for (const { url, status, visibility, checkedAt } of checks) {
      const own = await fetch(url)
      expect([own.status, visibility]).toEqual([status, own.status === 200 ? 'public' : 'private'])
      expect(Math.abs(Date.parse(checkedAt) - Date.now())).toBeLessThan(60_000)
    }
    expect(report.counts.public + report.counts.private + report.counts.unknown).toBe(checks.length)
    return { report, answered: checks.map(({ key, visibility }) => [key, visibility] as const) }
  }
}

async function upload(names: readonly string[], more: Partial<InputOf<'startUpload'>> = {}) {
  const folder = join(backend.folder, 'drop')
  await mkdir(folder, { recursive: true })
  for (const name of names) await writeFile(join(folder, name), name)
  const sources = names.map((name) => ({ path: join(folder, name) }))
  const selectionId = more.selectionId ?? (await value(backend.api.registerDrop({ sources }))).selectionId
  await value(
    backend.api.startUpload({
      profileId,
      bucket,
      prefix: 'media/',
      visibility: 'private',
      onConflict: 'overwrite',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
      ...more,
      selectionId,
    }),
  )
  return backend.uploadReport()
}

const names = ['a.txt', 'b ä.txt', 'c.txt', 'd+.txt', 'e.txt']

async function setVisibility(visibility: 'public' | 'private', keys: string[], prefixes: string[] = []) {
  const plan = await value(backend.api.planVisibility({ profileId, bucket, keys, prefixes, visibility }))
  expect(plan.refusal).toBeNull()
  await value(backend.api.applyVisibility({ planId: plan.planId, confirmedObjects: plan.objects }))
  return plan.planId
}

test('S45 every file of a batch is asked for, and not the first and the last alone', async () => {
  for (const visibility of ['private', 'public'] as const) {
    const { visibilityReportId } = await upload(names, { visibility })
    const { report, answered } = await nextReport('upload')
    expect(report.reportId).toBe(visibilityReportId)
    expect(answered).toEqual(names.map((name) => [`media/${name}`, visibility]))
    expect(report).toMatchObject({
      profileId,
      bucket,
      state: 'done',
      objects: 5,
      chosen: 5,
      notAsked: 0,
      exposed: { objects: 0, sample: [] },
      blocked: { objects: 0, sample: [] },
    })
  }
})

test('S44 what everybody can read is named, though it was uploaded as private between others that nobody can', async () => {
  await setVisibility('public', [], ['media/mixed/open/'])
  const folder = join(backend.folder, 'mixed')
  await mkdir(join(folder, 'open'), { recursive: true })
  for (const name of ['1.txt', 'open/2.txt', 'open/3.txt', 'z.txt']) await writeFile(join(folder, name), name)
  const { selectionId } = await value(backend.api.registerDrop({ sources: [{ path: folder }] }))
  // The first and the last are private indeed.
  expect(await upload([], { selectionId, sendIfOpen: true })).toMatchObject({ publicCanRead: 'no' })
  const { report, answered } = await nextReport('upload')
  expect(answered).toEqual([
    ['media/mixed/1.txt', 'private'],
    ['media/mixed/open/2.txt', 'public'],
    ['media/mixed/open/3.txt', 'public'],
    ['media/mixed/z.txt', 'private'],
  ])
  expect({ ...report.exposed, sample: report.exposed.sample.toSorted() }).toEqual({
    objects: 2,
    sample: ['media/mixed/open/2.txt', 'media/mixed/open/3.txt'],
  })
  expect(report.blocked).toEqual({ objects: 0, sample: [] })
})

test('S45 a change of visibility, and taking it back, are asked for', async () => {
  const planId = await setVisibility('private', ['media/a.txt', 'media/c.txt'])
  expect(await nextReport('visibility')).toMatchObject({
    report: { causeId: planId, state: 'done' },
    answered: [
      ['media/a.txt', 'private'],
      ['media/c.txt', 'private'],
    ],
  })
  await value(backend.api.undoVisibility({ planId, confirmedPublic: 2 }))
  expect((await nextReport('visibility')).answered).toEqual([
    ['media/a.txt', 'public'],
    ['media/c.txt', 'public'],
  ])
})

test('S44 what is private by a destination since then is not opened by taking a change back', async () => {
  await setVisibility('public', [], ['once/'])
  const planId = await setVisibility('private', [], ['once/'])
  const { id } = await value(
    backend.api.createDestination({
      destination: {
        profileId,
        bucket,
        name: 'Papers',
        kind: 'media',
        prefix: 'once/papers/',
        visibility: 'private',
        cacheControl: null,
        onConflict: 'overwrite',
        baseUrl: null,
        linkExpirySeconds: 3600,
      },
    }),
  )
  const { objects, prefixes } = await value(backend.api.planUndoVisibility({ planId }))
  expect(prefixes).toEqual(['once/'])
  const undo = () => backend.api.undoVisibility({ planId, confirmedPublic: objects })
  expect(await undo()).toMatchObject({ ok: false, error: { code: 'safety-refused' } })
  await value(backend.api.deleteDestination({ destinationId: id }))
  expect(await undo()).toMatchObject({ ok: true, value: { policyChanged: true } })
})

test('S45 what has another key is asked for there', async () => {
  await value(
    backend.api.renameObject({ profileId, bucket, key: 'media/a.txt', newKey: 'media/renamed.txt' }),
  )
  expect((await nextReport('move')).answered).toEqual([['media/renamed.txt', 'public']])
  const { planId } = await value(backend.api.planRevocation({ profileId, bucket, key: 'media/c.txt' }))
  await value(backend.api.applyRevocation({ planId, newKey: 'media/moved.txt' }))
  expect(await nextReport('move')).toMatchObject({
    report: { causeId: planId },
    answered: [['media/moved.txt', 'public']],
  })
})

const options = (more: Partial<SyncOptions> = {}): SyncOptions =>
  syncOptionsSchema.parse({
    cacheControl: 'max-age=60',
    rules: [{ glob: 'drafts/', visibility: 'private' }],
    exclude: [],
    removeRemoteOnly: false,
    removeForeign: false,
    manifestInBucket: false,
    maxDelete: null,
    visibility: 'public',
    keepPrevious: true,
    ...more,
  })

async function site(): Promise<{ folder: string; folderId: string }> {
  const folder = join(backend.folder, 'site')
  await mkdir(join(folder, 'drafts'), { recursive: true })
  for (const name of ['index.html', 'site.css', 'site.js', 'drafts/next.html'])
    await writeFile(join(folder, name), name)
  const chosen = await value(backend.api.chooseFolder({ purpose: 'sync', typedPath: folder }))
  return { folder, folderId: chosen!.folderId }
}

async function sync(folderId: string, more: Partial<InputOf<'applySync'>> = {}, chosen = options()) {
  const plan = await value(
    backend.api.planSync({ profileId, bucket, prefix: 'site/', folderId, options: chosen }),
  )
  return value(
    backend.api.applySync({
      planId: plan.planId,
      confirmedDeletes: 0,
      confirmedForeign: 0,
      confirmedPublic: plan.opens.objects,
      ...more,
    }),
  )
}

test('S45 what a sync has sent or changed is asked for, what it has left alone is not, and its undoing is', async () => {
  const { folder, folderId } = await site()
  const first = await sync(folderId)
  const cold = await nextReport('sync')
  expect(cold.report).toMatchObject({
    reportId: first.visibilityReportId,
    objects: 4,
    exposed: { objects: 0 },
  })
  expect(cold.answered).toEqual([
    ['site/drafts/next.html', 'private'],
    ['site/index.html', 'public'],
    ['site/site.css', 'public'],
    ['site/site.js', 'public'],
  ])

  expect((await sync(folderId)).visibilityReportId).toBeUndefined()

  await writeFile(join(folder, 'site.css'), 'another')
  const changed = await sync(folderId)
  expect((await nextReport('sync')).answered).toEqual([['site/site.css', 'public']])

  const undo = await value(
    backend.api.planUndo({ profileId, bucket, prefix: 'site/', releaseId: changed.releaseId ?? '' }),
  )
  await value(
    backend.api.applyUndo({
      planId: undo.planId,
      confirmedRemovals: undo.counts.remove,
      confirmedPublic: undo.opens.objects,
    }),
  )
  expect((await nextReport('undo')).answered).toEqual([['site/site.css', 'public']])

  // The ACL alone: no byte is sent.
  await sync(folderId, {}, options({ visibility: 'private' }))
  const closed = await nextReport('sync')
  expect(closed.report.exposed).toEqual({ objects: 0, sample: [] })
  expect(closed.answered).toContainEqual(['site/index.html', 'private'])
  await rm(folder, { recursive: true })
})

test('of a sync a few are asked for where that is enough, or none', async () => {
  const { folderId } = await site()
  const again = options({ cacheControl: 'max-age=1' })
  await sync(folderId, { checks: 'sample' }, again)
  const { report, answered } = await nextReport('sync')
  expect(report).toMatchObject({ state: 'done', objects: 4, chosen: 3, notAsked: 1 })
  expect(answered.filter(([, visibility]) => visibility === 'public')).toHaveLength(2)
  expect(answered).toContainEqual(['site/drafts/next.html', 'private'])
  const none = await sync(folderId, { checks: 'none' }, options({ cacheControl: 'max-age=2' }))
  expect(none).toMatchObject({ updatedHeaders: 4 })
  expect(none.visibilityReportId).toBeUndefined()
})

test('what a watch publishes is asked for, and what contradicts what was asked is named', async () => {
  const { folder, folderId } = await site()
  const { watchId } = await value(
    backend.api.startWatch({
      profileId,
      bucket,
      prefix: 'media/watched/',
      folderId,
      // Nobody is let in, and that is not what is asked for.
      options: options({ visibility: 'private', rules: [] }),
      expected: 'public',
      confirmDeletes: false,
    }),
  )
  const { report } = await nextReport('watch')
  await value(backend.api.stopWatch({ watchId }))
  expect(report).toMatchObject({
    causeId: watchId,
    objects: 4,
    counts: { private: 4 },
    blocked: { objects: 4 },
  })
  expect(report.blocked.sample).toContain('media/watched/index.html')
  await rm(folder, { recursive: true })
})

test('the link of an upload is the URL that the site prints, where the address serves the prefix', async () => {
  const destination = {
    profileId,
    bucket,
    name: 'Pictures',
    kind: 'media' as const,
    prefix: 'media/pictures/',
    visibility: 'public' as const,
    cacheControl: null,
    onConflict: 'overwrite' as const,
    baseUrl: `${edge.origin}/site`,
    stripPrefix: true,
    linkExpirySeconds: 3600,
    folderId: null,
    exclude: [],
  }
  await value(backend.api.createDestination({ destination }))
  // The edge knows no link without a signature: the public URL is handed out, and that it does not work is said.
  const report = await upload(['a b+c.jpg'], {
    prefix: destination.prefix,
    baseUrl: destination.baseUrl,
    visibility: 'public',
  })
  expect(report).toMatchObject({ link: { kind: 'presigned' }, publicCanRead: 'no' })
  edge.isOpen = true
  await upload(['a b+c.jpg', 'd.jpg'], {
    prefix: destination.prefix,
    baseUrl: destination.baseUrl,
    visibility: 'public',
  })
  const urls = (backend.copied.at(-1) ?? '').split('\n')
  expect(urls).toEqual([`${edge.origin}/site/a%20b%2Bc.jpg`, `${edge.origin}/site/d.jpg`])
  for (const url of urls) expect((await fetch(url)).status).toBe(200)
  const checked = await value(
    backend.api.checkVisibility({ profileId, bucket, key: 'media/pictures/a b+c.jpg' }),
  )
  expect(checked).toMatchObject({ visibility: 'public', url: urls[0] })
})

test('what is asked is cut off when Pail is closed, and nothing is said of what was not asked for', async () => {
  const last = await runBackend()
  const reports: VisibilityReport[] = []
  last.api.onVisibilityReport((report) => void reports.push(report))
  const profile = (await value(last.api.startPlayground({}))).profile.id
  await value(
    last.api.createBucket({ profileId: profile, bucket, region: 'us-east-1', access: 'per-object' }),
  )
  const folder = join(last.folder, 'many')
  await mkdir(folder)
  for (let index = 0; index < 60; index++) await writeFile(join(folder, `${index}.txt`), '')
  const { selectionId } = await value(last.api.registerDrop({ sources: [{ path: folder }] }))
  await value(
    last.api.startUpload({
      profileId: profile,
      bucket,
      prefix: '',
      selectionId,
      visibility: 'private',
      onConflict: 'fail',
      cacheControl: null,
      baseUrl: null,
      linkExpirySeconds: 3600,
    }),
  )
  await last.uploadReport()
  await last.close()
  const report = reports.at(-1)
  expect(report).toMatchObject({ state: 'stopped', objects: 60, counts: { public: 0, unknown: 0 } })
  expect(report!.notAsked).toBe(60 - report!.counts.private)
  expect(report!.notAsked).toBeGreaterThan(0)
})
