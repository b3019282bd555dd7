import { spawnSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openChokidarWatcher } from '../../src-main/watch/chokidar-watcher.ts'
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

async function open(isLeftOut: (name: string) => boolean = () => false) {
  const names: string[] = []
  watcher = await openChokidarWatcher(root, isLeftOut, {
    changed: (name) => names.push(name),
    failed: (why) => names.push(`failed: ${why}`),
  })
  return {
    names,
    async told(name: string) {
      while (!names.includes(name)) await new Promise((resolve) => setTimeout(resolve, 10))
      names.length = 0
    },
  }
}

describe('the watcher', () => {
  test('tells of what is added, changed, replaced and removed, and of nothing at its start', async () => {
    await write('index.html')
    await write('css/site.css')
    const { names, told } = await open()
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(names).toEqual([])
    await appendFile(join(root, 'index.html'), 'more')
    await told('index.html')
    await write('img/logo.svg')
    await told('img/logo.svg')
    // As editors save.
    await write('css/.site.css.tmp', 'new')
    await rename(join(root, 'css/.site.css.tmp'), join(root, 'css/site.css'))
    await told('css/site.css')
    await rm(join(root, 'index.html'))
    await told('index.html')
    await rm(join(root, 'img'), { recursive: true })
    await told('img')
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
      for (let n = 0; n < 30; n++) await write(`page-${n}.html`)
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
      writeFileSync(${JSON.stringify(join(root, 'page-7.html'))}, 'changed under a low limit')
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
