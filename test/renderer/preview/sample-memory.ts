import type { IncompleteUpload } from '../../../src-preload/contract/sweep.ts'
import type { Release } from '../../../src-preload/contract/release.ts'
import type { SyncRow } from '../../../src-preload/contract/sync-plan.ts'
import type { Memory, MemoryObject } from '../memory-api.ts'
import { emptyMemory } from '../memory-api.ts'
import { linkRecord } from '../memory-links.ts'
import { mediaDestination, staticDestination } from '../sample-destination.ts'

/** Real-looking data for looking at the screens. */
export function sampleMemory(): Memory {
  const memory = emptyMemory()
  memory.picture =
    'iVBORw0KGgoAAAANSUhEUgAAAB4AAAAyAQMAAABxkPmsAAAAA1BMVEX/AAAZ4gk3AAAADElEQVQI12NgGKkAAAD6AAG+XimtAAAAAElFTkSuQmCC'
  const base = {
    addressing: 'virtual' as const,
    checksums: 'when-supported' as const,
    bucketNames: [],
    insecureConsent: null,
    credentialState: 'ready' as const,
    insecure: false,
  }
  memory.profiles = [
    {
      ...base,
      id: 'p1',
      name: 'Example Foundation',
      colour: 'blue',
      provider: 'aws',
      endpoint: null,
      region: 'eu-central-1',
      credentialSource: { type: 'keychain' },
      accessKeyHint: 'AKIA…W7QX',
    },
    {
      ...base,
      id: 'p2',
      name: 'Staging',
      colour: 'orange',
      provider: 'minio',
      endpoint: 'http://minio.staging.example',
      region: 'us-east-1',
      credentialSource: { type: 'keychain' },
      credentialState: 'locked',
      insecure: true,
      accessKeyHint: null,
    },
  ]
  memory.awsProfiles = [
    { name: 'default', kind: 'static', region: 'eu-central-1', endpoint: null, command: null, problem: null },
    { name: 'deploy', kind: 'role', region: 'eu-west-1', endpoint: null, command: null, problem: null },
    {
      name: 'vault',
      kind: 'process',
      region: null,
      endpoint: null,
      command: '/usr/local/bin/vault-aws --role website --json',
      problem: null,
    },
    {
      name: 'half',
      kind: 'incomplete',
      region: null,
      endpoint: null,
      command: null,
      problem: 'It has an access key and no secret.',
    },
  ]
  memory.buckets.set('p1', [
    { name: 'example-assets', createdAt: '2024-03-02T10:00:00Z', region: 'eu-central-1', typedIn: false },
    { name: 'example-backups', createdAt: '2023-01-11T10:00:00Z', region: 'eu-central-1', typedIn: false },
    { name: 'example-static', createdAt: '2024-03-02T10:00:00Z', region: 'eu-central-1', typedIn: false },
  ])
  memory.objects.set('example-assets', sampleObjects())
  memory.objects.set('example-backups', [])
  memory.objects.set('example-static', [])
  const place = { profileId: 'p1', bucket: 'example-assets' }
  memory.destinations = [
    staticDestination({
      ...place,
      id: 'd1',
      folderId: 'folder-1',
      folder: { folderId: 'folder-1', name: 'site/static' },
      longCache: false,
      rules: [
        { glob: '*.pdf', contentDisposition: 'attachment' },
        { glob: 'data/', cacheControl: 'no-cache' },
      ],
      runBefore: { command: 'python manage.py collectstatic --noinput', folderId: null },
    }),
    mediaDestination({ ...place, id: 'd2' }),
    mediaDestination({
      ...place,
      id: 'd3',
      name: 'Private media',
      prefix: 'media/private/',
      visibility: 'private',
    }),
  ]
  memory.releases.list = sampleReleases()
  memory.uploads.list = sampleUploads()
  memory.planRows = samplePlan()
  memory.info.preferences.lastProfileId = 'p1'
  memory.info.preferences.lastBucket = 'example-assets'
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
  memory.links = [
    linkRecord({
      id: 'l1',
      key: 'media/private/contract-2026.pdf',
      note: 'The printer, for the brochure',
      madeAt: inMs(-600_000),
      endsAt: inMs(3_000_000),
    }),
    linkRecord({ id: 'l2', key: 'media/public/team.jpg', madeAt: inMs(-90_000_000) }),
    linkRecord({
      id: 'l3',
      key: 'media/private/draft.pdf',
      note: 'Anna',
      madeAt: inMs(-90_000_000),
      endsAt: inMs(-86_400_000),
    }),
    linkRecord({
      id: 'l4',
      key: 'media/private/prices.xlsx',
      madeAt: inMs(-7_200_000),
      endsAt: inMs(80_000_000),
      revokedAt: inMs(-3_600_000),
      movedTo: 'media/private/prices_Ab3dE5f.xlsx',
    }),
  ]
  return memory
}

function sampleObjects(): MemoryObject[] {
  const names: readonly (readonly [string, number])[] = [
    ['index.html', 4210],
    ['favicon.ico', 1150],
    ['robots.txt', 64],
    ['sitemap.xml', 18_204],
    ['apple-touch-icon.png', 9876],
    ['annual report 2026 (final).pdf', 4_812_003],
    ['größe & maß – übersicht.csv', 20_412],
    ['invoice\u202Egpj.exe', 90_112],
    ['line\nbreak.txt', 12],
    ['<img src=x onerror=alert(1)>.html', 88],
    [
      'a-very-long-name-that-somebody-gave-to-an-export-of-a-content-management-system-with-a-date-2026-11-22.zip',
      1e9,
    ],
    ['static/css/site.css', 20_000],
    ['static/js/app.js', 120_000],
    ['media/public/team.jpg', 2_345_678],
    ['media/public/office.jpg', 1_845_678],
    ['media/private/contract-2026.pdf', 345_678],
    ['fonts/inter.woff2', 45_678],
    ['video/intro.mp4', 145_678_123],
    ['2025/report.pdf', 145_678],
    ['2026/report.pdf', 145_678],
  ]
  for (let index = 0; index < 14; index += 1) {
    const number = String(index + 1)
    Object.assign(names, { [names.length]: [`photo-${number}.jpg`, 200_000 + index * 33_333] })
  }
  return names.map(([key, sizeBytes], index) => ({
    key,
    sizeBytes,
    lastModified: new Date(Date.UTC(2026, 10, 22 - (index % 20), 9, (index * 7) % 60)).toISOString(),
    visibility: key.includes('private') ? 'private' : 'public',
  }))
}

function samplePlan(): SyncRow[] {
  const row = (
    key: string,
    action: SyncRow['action'],
    reason: SyncRow['reason'],
    bytes: number,
  ): SyncRow => ({
    key: `static/${key}`,
    path: reason === 'remote-only' || action === 'foreign' ? null : key,
    action,
    reason,
    bytes,
    headers:
      action === 'update-headers'
        ? [{ header: 'Cache-Control', from: null, to: 'max-age=86400' }]
        : action === 'upload' && reason === 'new'
          ? [{ header: 'Content-Type', from: null, to: 'text/css; charset=utf-8' }]
          : [],
  })
  return [
    row('css/site.4f2a9c1be0d1.css', 'upload', 'new', 20_412),
    row('js/app.js', 'upload', 'content-differs', 120_412),
    row('js/vendor.js', 'upload', 'size-differs', 820_412),
    row('img/logo.svg', 'update-headers', 'header-differs', 0),
    row('img/hero.jpg', 'skip', 'same', 0),
    row('img/link.png', 'blocked', 'symlink', 0),
    row('old/banner.png', 'skip', 'remote-only', 90_000),
    row('press/kit.zip', 'foreign', 'not-ours', 4_200_000),
  ]
}

function sampleReleases(): Release[] {
  const base = {
    computer: 'studio-mac',
    folderName: 'site/static',
    state: 'done' as const,
    created: 0,
    overwritten: 0,
    updatedHeaders: 0,
    deleted: 0,
    failed: 0,
    bytes: 0,
    undoable: 0,
    notUndoable: 0,
    undone: 'no' as const,
    undoneAt: null,
  }
  const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString()
  return [
    {
      ...base,
      id: 'r3',
      startedAt: at(2),
      endedAt: at(2),
      created: 4,
      overwritten: 12,
      deleted: 2,
      bytes: 1_204_332,
      undoable: 18,
    },
    {
      ...base,
      id: 'r2',
      startedAt: at(30),
      endedAt: at(30),
      state: 'failed',
      overwritten: 3,
      failed: 1,
      bytes: 90_211,
      undoable: 1,
      notUndoable: 2,
    },
    {
      ...base,
      id: 'r1',
      startedAt: at(80),
      endedAt: at(80),
      created: 214,
      bytes: 48_204_332,
      undoable: 214,
      undone: 'whole',
      undoneAt: at(79),
    },
  ]
}

function sampleUploads(): IncompleteUpload[] {
  const upload = (
    key: string,
    days: number,
    bytes: number | null,
    whose: IncompleteUpload['whose'],
  ): IncompleteUpload => ({
    key,
    uploadId: `upload-of-${key}`,
    initiatedAt: new Date(Date.now() - days * 86_400_000).toISOString(),
    ageSeconds: Math.round(days * 86_400),
    bytes,
    parts: bytes === null ? null : Math.ceil(bytes / 8_388_608),
    whose,
  })
  return [
    upload('backups/2025/site-and-database.tar.zst', 211, 48_318_382_080, 'unknown'),
    upload(
      'media/public/2026/summer-festival-aftermovie-final-version-2.mp4',
      34,
      1_912_602_624,
      'abandoned',
    ),
    upload('media/private/board-meeting.mov', 9, 734_003_200, 'abandoned'),
    upload('incoming/scan-0031.tif', 3, null, 'unknown'),
    upload('media/public/interview.wav', 0.004, 125_829_120, 'wanted'),
  ]
}
