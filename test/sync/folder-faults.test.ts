import { execFileSync } from 'node:child_process'
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failure } from '../../src-preload/contract/failure.ts'
import { uploadFile } from '../../src-main/s3/upload-file.ts'
import type { Sending } from '../../src-main/sync/apply-file.ts'
import { diskReader } from '../../src-main/sync/local-reader.ts'
import { nodeFileSystem } from '../../src-main/transfers/local-tree.ts'
import { allRows, changes, startSyncFixture } from './sync-fixture.ts'
import { fixture, through, toClose } from './faults-scene.ts'

describe('faults of the folder', () => {
  test('S46: an empty folder with a bucket that is not is a hard stop, whatever was asked', async () => {
    await fixture.put('static/a.txt', 'a')
    for (const removeRemoteOnly of [true, false])
      await expect(fixture.plan({ removeRemoteOnly }, { prefix: 'static/' })).rejects.toMatchObject({
        error: { code: 'safety-refused' },
      })
    await expect(fixture.plan({}, { prefix: 'static/' })).rejects.toThrow(/folder is empty.*1 object there/)
    await fixture.write({ '.DS_Store': 'x', '.git/config': 'x' })
    await expect(fixture.plan({}, { prefix: 'static/' })).rejects.toThrow(
      /^Everything in the folder is excluded \(.DS_Store, .git\/\).*1 object there/,
    )
    // Elsewhere there is nothing to lose.
    expect((await fixture.plan({}, { prefix: 'other/' })).counts.upload).toBe(0)
    await fixture.put('marked/', '')
    expect((await fixture.plan({}, { prefix: 'marked/' })).counts.upload).toBe(0)
  })

  test('a folder that is not there, or is a file', async () => {
    for (const folder of [join(fixture.folder, 'nowhere'), join(fixture.folder, 'file')]) {
      await fixture.write({ file: 'x' })
      await expect(fixture.plan({}, { folder })).rejects.toMatchObject({ error: { code: 'local-missing' } })
    }
  })

  test('F33: an unreadable folder and file are reported and stop all removals', async () => {
    await fixture.write({ 'ok.txt': 'ok', 'locked/in.txt': 'x', 'secret.txt': 'x' })
    await fixture.publish({ 'locked/in.txt': 'x', 'elsewhere.txt': 'x' })
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' })
    const planned = await fixture.plan(
      { removeRemoteOnly: true },
      {
        fileSystem: {
          ...nodeFileSystem,
          readdir: async (path) => {
            if (path.endsWith('/locked')) throw denied
            return nodeFileSystem.readdir(path)
          },
        },
        reader: { ...diskReader, canRead: async ({ name }) => name !== 'secret.txt' },
      },
    )
    expect(allRows(planned)).toEqual([
      'upload new ok.txt',
      'blocked unreadable locked/',
      'blocked unreadable secret.txt',
      'skip remote-only elsewhere.txt',
      'skip unreadable locked/in.txt',
    ])
    expect(planned.counts.delete).toBe(0)
    // It may be in what could not be read.
    expect(planned.onlyInBucket).toBe(0)
    expect(planned.warnings.join()).toMatch(
      /2 files or folders could not be read.*Nothing is removed\. Not read: locked\/, secret\.txt\./,
    )
    expect(await fixture.apply(planned)).toMatchObject({
      uploaded: 1,
      deleted: 0,
      deletesWithheld: expect.stringMatching(/could not be read/) as string,
    })
    expect(await fixture.keys()).toEqual(['elsewhere.txt', 'locked/in.txt', 'ok.txt'])
  })

  test.runIf(process.getuid?.() === 0 && process.seteuid !== undefined)(
    'F33: the same with real permissions',
    async () => {
      await fixture.write({ 'ok.txt': 'ok', 'same.txt': 'same', 'locked/in.txt': 'x' })
      await fixture.put('same.txt', 'same')
      await fixture.publish({ 'gone.txt': 'x' })
      execFileSync('chmod', ['-R', 'a+rX', fixture.stateDirectory])
      execFileSync('chmod', ['755', fixture.folder])
      execFileSync('chmod', ['000', join(fixture.folder, 'locked'), join(fixture.folder, 'same.txt')])
      await fixture.plan()
      process.seteuid?.(65534)
      try {
        const planned = await fixture.plan({ removeRemoteOnly: true })
        expect(allRows(planned)).toEqual([
          'upload new ok.txt',
          'blocked unreadable locked/',
          'blocked unreadable same.txt',
          'skip remote-only gone.txt',
        ])
      } finally {
        process.seteuid?.(0)
      }
    },
  )

  test('F36: a file that changes while it is sent is not stored; when it holds still it is', async () => {
    await fixture.write({ 'a.txt': 'first version', 'b.txt': 'b', 'index.html': 'x' })
    await fixture.put('a.txt', 'remote old')
    const planned = await fixture.plan()
    let once = true
    const sending: Sending = async (session, options) => {
      if (options.key === 'a.txt' && once) {
        once = false
        await writeFile(options.path, 'later version')
        await expect(uploadFile(session, options)).rejects.toMatchObject({ error: { code: 'local-changed' } })
        expect(await fixture.body('a.txt')).toBe('remote old')
      }
      return uploadFile(session, options)
    }
    expect(await fixture.apply(planned, { sending })).toMatchObject({ uploaded: 3, failed: [] })
    expect(await fixture.body('a.txt')).toBe('later version')
  })

  test.each(['truncated', 'grown', 'rewritten at the same size'])(
    'F36: a film that is %s at its first part is not committed',
    async (how) => {
      const film = join(fixture.folder, 'film.mp4')
      await fixture.write({ 'film.mp4': Buffer.alloc(20 * 1024 * 1024, 1) })
      await fixture.put('film.mp4', 'remote old')
      const planned = await fixture.plan()
      let stirred = false
      const stir = async () => {
        if (how === 'truncated') await truncate(film, 9 * 1024 * 1024)
        else if (how === 'grown') await writeFile(film, 'more', { flag: 'a' })
        else await writeFile(film, Buffer.alloc(20 * 1024 * 1024, 2))
      }
      const { session, seen } = await through(async ({ method, query }) => {
        if (method === 'PUT' && query.has('partNumber') && !stirred) {
          stirred = true
          await stir()
        }
        return null
      })
      // Never quiet: it is reported, and the old version stays.
      const busy = setInterval(() => void utimes(film, new Date(), new Date()), 5)
      try {
        const outcome = await fixture.apply(planned, {}, session)
        expect(outcome).toMatchObject({ uploaded: 0, failed: [{ key: 'film.mp4', code: 'local-changed' }] })
      } finally {
        clearInterval(busy)
      }
      expect(seen.some(({ method, query }) => method === 'POST' && query.has('uploadId'))).toBe(false)
      expect(await fixture.body('film.mp4')).toBe('remote old')
    },
  )

  /** A folder beside the synced one, with files of the same names and sizes as those that may be published. */
  async function outsideFolder(): Promise<string> {
    const outside = `${fixture.folder}-outside`
    await mkdir(outside)
    toClose.push(() => rm(outside, { recursive: true, force: true }))
    await writeFile(join(outside, 'x.txt'), 'SECRET')
    return outside
  }

  test('F37: a file, or a folder on the way to it, that became a link is not sent', async () => {
    const outside = await outsideFolder()
    await fixture.write({ 'a.txt': 'public', 'dir/x.txt': 'public', 'b.txt': 'b' })
    const planned = await fixture.plan()
    await rm(join(fixture.folder, 'a.txt'))
    await symlink(join(outside, 'x.txt'), join(fixture.folder, 'a.txt'))
    await rename(join(fixture.folder, 'dir'), join(fixture.folder, 'moved'))
    await symlink(outside, join(fixture.folder, 'dir'))
    const outcome = await fixture.apply(planned)
    expect(outcome.uploaded).toBe(1)
    expect(outcome.failed.map(({ key }) => key).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(
      ['a.txt', 'dir/x.txt'],
    )
    expect(await fixture.keys()).toEqual(['b.txt'])
  })

  test('F37: swapped at any moment, nothing from outside is ever stored', async () => {
    const outside = await outsideFolder()
    const dir = join(fixture.folder, 'dir')
    const aside = `${fixture.folder}-aside`
    toClose.push(() => rm(aside, { recursive: true, force: true }))
    await fixture.write({ 'dir/x.txt': 'public' })
    const pause = async (turns: number) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    const swapIn = async () => {
      await rename(dir, aside)
      await symlink(outside, dir)
    }
    const swapBack = async () => {
      await rm(dir)
      await rename(aside, dir)
    }
    const refused = new Set<number>()
    for (let round = 0; round < 100; round++) {
      const sending: Sending = async (session, options) => {
        const send = () =>
          uploadFile(session, options).catch((error: unknown) => {
            refused.add(round)
            throw error
          })
        // A swap that passes by is met or missed as the machine has it; one that stands already is met for sure.
        if (round % 20 === 0) {
          await swapIn()
          try {
            return await send()
          } finally {
            await swapBack()
          }
        }
        const swap = (async () => {
          await pause(round % 10)
          await swapIn()
          await pause(round % 7)
          await swapBack()
        })()
        await pause((round * 3) % 11)
        try {
          return await send()
        } finally {
          await swap
        }
      }
      await fixture.apply(await fixture.plan({}, { prefix: `r${round}/` }), { sending, quietMs: 1 })
    }
    const keys = await fixture.keys()
    for (let round = 0; round < 100; round += 20) {
      expect(refused).toContain(round)
      expect(keys).not.toContain(`r${round}/dir/x.txt`)
    }
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(await fixture.body(key)).toBe('public')
  })

  test('F38: links, loops, a FIFO, a socket and a device end the walk in time, with a reason each', async () => {
    await fixture.write({ 'ok.txt': 'ok' })
    await symlink('.', join(fixture.folder, 'loop'))
    await symlink('/', join(fixture.folder, 'out'))
    execFileSync('mkfifo', [join(fixture.folder, 'fifo')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(fixture.folder, 'socket'), resolve))
    toClose.push(() => new Promise((resolve) => server.close(resolve)))
    const started = performance.now()
    const planned = await fixture.plan()
    expect(performance.now() - started).toBeLessThan(1000)
    expect(allRows(planned)).toEqual([
      'upload new ok.txt',
      'blocked special-file fifo',
      'blocked symlink loop',
      'blocked symlink out',
      'blocked special-file socket',
    ])
  })

  test('a name that is not UTF-8 is reported, and stops removals', async () => {
    await fixture.write({ 'ok.txt': 'ok' })
    await writeFile(Buffer.concat([Buffer.from(`${fixture.folder}/bad-`), Buffer.from([0xff, 0xfe])]), 'x')
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts).toMatchObject({ upload: 1, blocked: 1, delete: 0 })
    expect(planned.rows.find(({ action }) => action === 'blocked')?.reason).toBe('name-not-utf8')
  })

  test('two spellings of one name are not sent over each other', async () => {
    await fixture.write({ 'caf\u00e9.txt': 'nfc', 'cafe\u0301.txt': 'nfd' })
    const planned = await fixture.plan()
    expect(allRows(planned)).toEqual(['upload new caf\u00e9.txt', 'blocked name-collision caf\u00e9.txt'])
    await fixture.apply(planned)
    expect(await fixture.body('caf\u00e9.txt')).toBe('nfc')
  })

  test.each(['replaced', 'gone'])('F39: a folder that is %s since the plan is a hard stop', async (how) => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts.delete).toBe(1)
    await rename(fixture.folder, `${fixture.folder}-was`)
    toClose.push(() => rm(`${fixture.folder}-was`, { recursive: true, force: true }))
    if (how === 'replaced') await mkdir(fixture.folder)
    await expect(fixture.apply(planned)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
    expect(await fixture.keys()).toEqual(['old.txt'])
  })

  test('F39: a link to the folder that leads elsewhere since the plan is a hard stop', async () => {
    await fixture.write({ 'one/a.txt': 'a', 'two/b.txt': 'b' })
    const current = join(fixture.folder, 'current')
    await symlink('one', current)
    const planned = await fixture.plan({}, { folder: current })
    expect(changes(planned)).toEqual(['upload new a.txt'])
    await rm(current)
    await symlink('two', current)
    await expect(fixture.apply(planned)).rejects.toMatchObject({ error: { code: 'safety-refused' } })
  })

  test('F39: a folder that is replaced during the run gets nothing removed', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'x' })
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts.delete).toBe(1)
    const sending: Sending = async (session, options) => {
      const stored = await uploadFile(session, options)
      await rename(fixture.folder, `${fixture.folder}-was`)
      await mkdir(fixture.folder)
      return stored
    }
    toClose.push(() => rm(`${fixture.folder}-was`, { recursive: true, force: true }))
    const outcome = await fixture.apply(planned, { sending })
    expect(outcome).toMatchObject({ uploaded: 1, deleted: 0 })
    expect(outcome.deletesWithheld).toMatch(/another one has taken its place/)
    expect(await fixture.keys()).toEqual(['a.txt', 'old.txt'])
  })

  test('a sending that fails leaves the removals undone', async () => {
    await fixture.write({ 'a.txt': 'a' })
    await fixture.publish({ 'old.txt': 'x' })
    const sending: Sending = () => Promise.reject(failure('server-error', 'broken'))
    const planned = await fixture.plan({ removeRemoteOnly: true })
    expect(planned.counts.delete).toBe(1)
    const outcome = await fixture.apply(planned, { sending })
    expect(outcome).toMatchObject({ uploaded: 0, bytes: 0, deleted: 0, failed: [{ code: 'server-error' }] })
  })
})

describe('visibility', () => {
  test('private sends no ACL header; public on a bucket without ACLs sends none and says so', async () => {
    await fixture.write({ 'a.txt': 'a' })
    const planned = await fixture.plan({ visibility: 'public' })
    expect(planned.warnings.join()).toMatch(/ACLs disabled.*policy/)
    expect(await fixture.apply(planned)).toMatchObject({ uploaded: 1, failed: [] })
  })

  test('public on a bucket with ACLs makes what is sent readable by anybody', async () => {
    const other = await startSyncFixture({ access: 'per-object' })
    try {
      await other.write({ 'a.txt': 'a' })
      const planned = await other.plan({ visibility: 'public' })
      expect(planned.warnings).toEqual([])
      await other.apply(planned)
      const url = `${other.playground.endpoint}/${other.bucket}/a.txt`
      expect((await fetch(url)).status).toBe(200)
      await other.apply(await other.plan({ visibility: 'private' }, { prefix: 'private/' }))
      expect((await fetch(`${other.playground.endpoint}/${other.bucket}/private/a.txt`)).status).toBe(403)
      // A header that is fixed in place leaves it public.
      await other.apply(await other.plan({ visibility: 'public', cacheControl: 'no-cache' }))
      const answer = await fetch(url)
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    } finally {
      await other.close()
    }
  })
})
