import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, type Page } from 'playwright/test'
import type { Host } from './host.ts'
import { projectRoot } from './host.ts'
import * as profiles from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

/** Every file below a folder with its content, and whatever else is there but is no folder. */
async function tree(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    // What is on its way has its name only at the end.
    if (entry.isDirectory() || entry.name.endsWith('.pail-part')) continue
    found[relative(folder, path)] = entry.isFile() ? await readFile(path, 'utf8') : 'not a file'
  }
  return found
}

/** Downloads everything that is selected into a folder: chosen in the system's dialog, or typed in a browser. */
async function downloadSelected(host: Host, folder: string): Promise<void> {
  const { page } = host
  await page.getByRole('grid', { name: 'Files' }).press('Shift+F10')
  await window.chooseFolder(host, page.getByRole('menuitem', { name: 'Download' }), folder)
}

async function selectAll(page: Page): Promise<void> {
  const files = page.getByRole('grid', { name: 'Files' })
  await files.focus()
  await files.press('Control+a')
}

test('S33 keys that lead elsewhere are downloaded into the chosen folder and nowhere else', async ({
  host,
  service,
  workFolder,
}) => {
  const keys = [
    '../../etc/passwd',
    '../sibling.txt',
    '..',
    '/absolute.txt',
    '//two/slashes.txt',
    'a/../../b.txt',
    'a/./b.txt',
    'C:\\evil.txt',
    '..\\..\\windows.txt',
    '~/home.txt',
    'line\nbreak.txt',
    'good/plain.txt',
  ]
  await service.createBucket('hostile')
  for (const key of keys) await service.put('hostile', key, key)
  const chosen = join(workFolder, 'far', 'down', 'chosen')
  await mkdir(chosen, { recursive: true })
  await writeFile(join(workFolder, 'far', 'sibling.txt'), 'untouched')

  await profiles.connect(host, { name: 'Hostile', endpoint: service.endpoint })
  await window.openBucket(host.page, 'hostile')
  await expect(window.row(host.page, 'good')).toBeVisible()
  await selectAll(host.page)
  await downloadSelected(host, chosen)
  await expect
    .poll(async () => Object.values(await tree(chosen)).toSorted(), { timeout: 20_000 })
    .toEqual(keys.toSorted())
  const outside: string[] = []
  for (const name of await readdir(workFolder)) {
    if (name === 'user-data' || name === 'service') continue
    for (const path of Object.keys(await tree(join(workFolder, name)))) outside.push(`${name}/${path}`)
  }
  expect(outside.filter((path) => !path.startsWith('far/down/chosen/'))).toEqual(['far/sibling.txt'])
  expect(await readFile(join(workFolder, 'far', 'sibling.txt'), 'utf8')).toBe('untouched')
  const unfinished = async () =>
    (await readdir(workFolder, { recursive: true })).filter((name) => name.endsWith('.pail-part'))
  await expect.poll(unfinished).toEqual([])
  expect(host.complaints).toEqual([])
})

test('S37 keys that look like code are names and nothing else', async ({ host, service }) => {
  const { page } = host
  const keys = [
    '<img src=x onerror="window.pwned=1">.png',
    '"><script>window.pwned=1</script>.txt',
    "javascript:window.pwned=1;'.html",
    '${window.pwned=1}{{constructor.constructor("window.pwned=1")()}}.txt',
    '<a href="https://example.com" onclick="window.pwned=1">click.txt',
    '<iframe srcdoc="<script>parent.pwned=1</script>">.txt',
    '&lt;b&gt;&#x202e;.txt',
    '<svg onload=window.pwned=1>/inside.txt',
  ]
  await service.createBucket('code')
  for (const key of keys) await service.put('code', key, 'text')
  const foreign: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(page.url()).origin) foreign.push(request.url())
  })
  await profiles.connect(host, { name: 'Code', endpoint: service.endpoint })
  await window.openBucket(page, 'code')
  const files = page.getByRole('grid', { name: 'Files' })
  await expect(files.getByRole('row')).toHaveCount(keys.length + 1)
  for (const key of keys) {
    // What stands before a slash is a folder.
    const name = key.split('/')[0]!
    const row = files.getByRole('row').filter({ hasText: name })
    await expect(row, key).toHaveCount(1)
    await row.click()
    if (name === key) await expect(window.inspector(page).getByRole('definition').last()).toHaveText(key)
  }

  await test.step('in the questions about them too', async () => {
    await files.getByRole('row').filter({ hasText: '<img src=x' }).click()
    await files.press('F2')
    const rename = window.openDialog(page)
    await expect(rename.getByRole('textbox')).toHaveValue(keys[0]!)
    await page.keyboard.press('Escape')
    await selectAll(page)
    await files.press('Delete')
    const question = window.openDialog(page)
    await expect(question).toContainText('<img src=x onerror="window.pwned=1">.png')
    await page.keyboard.press('Escape')
    await expect(question).toBeHidden()
  })

  await test.step('and in the list of links', async () => {
    await files.getByRole('row').filter({ hasText: '<img src=x' }).click()
    await window.inspector(page).getByRole('button', { name: 'Copy link' }).click()
    await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature')
    await page.getByRole('button', { name: 'Links', exact: true }).click()
    await expect(page.getByRole('grid', { name: 'Links' })).toContainText('<img src=x onerror')
  })

  const harm = await page.evaluate(() => ({
    pwned: 'pwned' in globalThis,
    elements: document.querySelectorAll('img, iframe, script:not([src]), a[href^="javascript:"]').length,
  }))
  expect(harm).toEqual({ pwned: false, elements: 0 })
  expect(foreign).toEqual([])
  expect(host.complaints).toEqual([])
})

test('S36 a name that would turn itself round is shown as it is, with its real ending', async ({
  host,
  service,
}) => {
  const { page } = host
  await service.createBucket('names')
  await service.put('names', 'holiday\u202Egpj.exe', 'MZ')
  await service.put('names', 'invoice\u200B.pdf', 'pdf')
  await service.put('names', 'עברית.txt', 'text')
  await profiles.connect(host, { name: 'Names', endpoint: service.endpoint })
  await window.openBucket(page, 'names')
  const files = page.getByRole('grid', { name: 'Files' })
  const row = files.getByRole('row').filter({ hasText: 'holiday' })
  await expect(row).toContainText('U+202E')
  await row.click()
  await expect(window.inspector(page).getByRole('definition').last()).toHaveText('holiday[U+202E]gpj.exe')
  await expect(files.getByRole('row').filter({ hasText: 'invoice' })).toContainText('U+200B')

  const shown = await page.evaluate(() => {
    const hidden = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u
    const place = (text: string) => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const at = node.textContent?.indexOf(text) ?? -1
        if (at < 0) continue
        const range = document.createRange()
        range.setStart(node, at)
        range.setEnd(node, at + text.length)
        return range.getBoundingClientRect().left
      }
      return Number.NaN
    }
    const attributes = [...document.querySelectorAll('*')].flatMap((element) =>
      [...element.attributes].map(({ value }) => value),
    )
    return {
      hiddenInText: hidden.test(document.body.textContent ?? ''),
      hiddenInAttributes: attributes.filter((value) => hidden.test(value)),
      // From left to right on the screen, whatever the name would like.
      order: [place('holiday'), place('U+202E'), place('gpj'), place('.exe')],
    }
  })
  expect(shown.hiddenInText).toBe(false)
  expect(shown.hiddenInAttributes).toEqual([])
  expect(shown.order).toEqual(shown.order.toSorted((a, b) => a - b))
  expect(shown.order.every((left) => Number.isFinite(left))).toBe(true)
  const pictures = join(projectRoot, 'test/output/screenshots', host.kind)
  await mkdir(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, 'names-that-deceive.png') })
  expect(host.complaints).toEqual([])
})
