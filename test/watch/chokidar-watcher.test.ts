import { spawnSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openChokidarWatcher } from '../../src-main/watch/chokidar-watcher.ts'
import { fingerprintTree } from '../../src-main/watch/tree-fingerprint.ts'
import type { FolderWatcher } from '../../src-main/watch/folder-watcher.ts'

let root: string
let watcher: FolderWatcher | null
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'pail-chokidar-')))
  watcher = null
})
afterEach(async () => {
  await watcher?.close()
  await rm(root, { recursive: true, force: true })
})

async function write(name: string, content = 'x'): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true })
  await writeFile(join(root, name), content)
}

/** Opens the watcher anew, on the folders of now. */
async function open(isLeftOut: (name: string) => boolean = () => false) {
  await watcher?.close()
  const names: string[] = []
  const { folders } = await fingerprintTree(root, [])
  watcher = await openChokidarWatcher(
    { root, folders, isLeftOut },
    {
      changed: (name) => names.push(name),
      foldersChanged: () => names.push('folders changed'),
      failed: (why) => names.push(`failed: ${why}`),
    },
  )
  return {
    names,
    /** Waits until this was told. */
    async told(name: string) {
      while (!names.includes(name)) await new Promise((resolve) => setTimeout(resolve, 10))
      names.length = 0
    },
  }
}

describe('the watcher', () => {
  test('tells of files that are added, changed, replaced and removed, and of nothing at its start', async () => {
    await write('index.html')
    await write('css/print/a4.css')
    const { names, told } = await open()
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(names).toEqual([])
    await appendFile(join(root, 'index.html'), 'more')
    await told('index.html')
    await write('css/print/a5.css')
    await told('css/print/a5.css')
    // As editors save.
    await write('css/.a4.css.tmp', 'new')
    await rename(join(root, 'css/.a4.css.tmp'), join(root, 'css/print/a4.css'))
    await told('css/print/a4.css')
    await rm(join(root, 'index.html'))
    await told('index.html')
  })

  test('tells of folders that come, go and come back; opened anew, it watches them', async () => {
    await write('css/site.css')
    for (const name of ['img/icons/dark/logo.svg', 'css/site.css']) {
      const [top = ''] = name.split('/')
      await rm(join(root, top), { recursive: true, force: true })
      const before = await open()
      await write(name)
      await before.told('folders changed')
      const after = await open()
      await appendFile(join(root, name), 'more')
      await after.told(name)
      await rm(join(root, top), { recursive: true })
      await after.told('folders changed')
    }
  })

  test('does not watch what is left out, nor through links', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'pail-elsewhere-'))
    await write('node_modules/a/index.js')
    await symlink(elsewhere, join(root, 'link'))
    const asked = new Set<string>()
    const { names, told } = await open((name) => {
      asked.add(name)
      return name === 'node_modules/'
    })
    expect([...asked].filter((name) => name.startsWith('node_modules/'))).toEqual(['node_modules/'])
    await write('node_modules/a/index.js', 'changed')
    await writeFile(join(elsewhere, 'outside.html'), 'x')
    await write('index.html')
    while (!names.includes('index.html')) await new Promise((resolve) => setTimeout(resolve, 10))
    // That the link itself is there may be told; what is behind it is not.
    expect(names.filter((name) => name !== 'index.html' && name !== 'link')).toEqual([])
    await rm(join(root, 'index.html'))
    await told('index.html')
    await rm(elsewhere, { recursive: true })
  })

  /** A user namespace has this limit of its own, unlike fs.inotify.max_user_watches, which is all of this computer’s. */
  const canLimit =
    process.platform === 'linux' &&
    spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 5 > /proc/sys/user/max_inotify_watches']).status === 0

  test.skipIf(!canLimit)(
    'F48 a low limit of the system is told in words, and ends it',
    async () => {
      for (let n = 0; n < 30; n++) await write(`page-${n}/index.html`)
      const script = join(root, 'main.ts')
      const source = (file: string) => JSON.stringify(join(process.cwd(), file))
      await writeFile(
        script,
        `
      import { openChokidarWatcher } from ${source('src-main/watch/chokidar-watcher.ts')}
      import { createFolderHints } from ${source('src-main/watch/folder-hints.ts')}
      import { writeFileSync } from 'node:fs'
      const said: unknown[] = []
      const hints = createFolderHints({
        folder: ${JSON.stringify(root)},
        exclude: ['main.ts'],
        onHint: () => said.push('hint'),
        onMode: (mode) => said.push(mode),
        openWatcher: openChokidarWatcher,
        lookEveryMs: 20,
      })
      await hints.refresh()
      await new Promise((resolve) => setTimeout(resolve, 300))
      writeFileSync(${JSON.stringify(join(root, 'page-7/index.html'))}, 'changed under a low limit')
      while (!said.includes('hint')) await new Promise((resolve) => setTimeout(resolve, 10))
      await hints.close()
      console.log(JSON.stringify(said))
      `,
      )
      const node = join(process.cwd(), 'node_modules/.bin/node')
      const command = `echo 10 > /proc/sys/user/max_inotify_watches && exec "$0" "$1"`
      const ran = spawnSync('unshare', ['-Ur', 'sh', '-c', command, node, script], {
        encoding: 'utf8',
        timeout: 50_000,
      })
      expect(ran.stderr).toBe('')
      expect(JSON.parse(ran.stdout)).toEqual([
        {
          hints: 'looking',
          message: 'The folder has more to watch than this system allows (fs.inotify.max_user_watches).',
        },
        'hint',
      ])
    },
    60_000,
  )
})
