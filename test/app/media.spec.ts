import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import { phoneJpeg, placedPng, strippedPhoneJpeg, strippedPng } from '../pictures/made-pictures.ts'
import { announcedForMs } from '../../src-renderer/stores/upload-store.ts'
import { formatBytes } from '../../src-renderer/text/format.ts'
import { expectAccessible } from './accessible.ts'
import { type Host, test } from './host.ts'
import * as window from './window-steps.ts'

const alt = 1

/** Holds files above the window; with `release` they are let go. */
async function drag(
  host: Host,
  paths: readonly string[],
  modifiers: number,
  release: boolean,
): Promise<void> {
  const cdp = await host.page.context().newCDPSession(host.page)
  const data = { items: [], files: [...paths], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', ...(release ? (['drop'] as const) : [])] as const)
    await cdp.send('Input.dispatchDragEvent', { type, x: 700, y: 400, data, modifiers })
  await cdp.detach()
}

/** Holds a picture of a web page above the window, as the text of its address; with `release` it is let go. */
async function dragAddress(host: Host, address: string, release: boolean): Promise<void> {
  const cdp = await host.page.context().newCDPSession(host.page)
  const items = [
    { mimeType: 'text/uri-list', data: 'https://example.org/the-link-around-it' },
    { mimeType: 'text/html', data: `<img alt="A &gt; B" src="${address.replaceAll('"', '&quot;')}">` },
  ]
  const data = { items, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', ...(release ? (['drop'] as const) : [])] as const)
    await cdp.send('Input.dispatchDragEvent', { type, x: 700, y: 400, data })
  await cdp.detach()
}

/**
 * From now on the moment in which a drop can be cancelled does not pass, however long the test takes to look; the
 * function lets it pass, and tells how many moments there were.
 */
async function holdAnnouncing({ page }: Host): Promise<() => Promise<number>> {
  const holding = await page.evaluateHandle((moments: readonly number[]) => {
    const real = globalThis.setTimeout
    const held: (() => void)[] = []
    const hold = (act: () => void, ms?: number) =>
      ms !== undefined && moments.includes(ms) ? held.push(act) : real(act, ms)
    globalThis.setTimeout = hold as typeof setTimeout
    return {
      pass: () => {
        globalThis.setTimeout = real
        for (const act of held) act()
        return held.length
      },
    }
  }, Object.values(announcedForMs))
  return () => holding.evaluate(({ pass }) => pass())
}

/** What an address answers without a signature of ours. */
async function fetched(address: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(address)).arrayBuffer())
}

test('pictures are dropped on a public destination that removes their location, and handled there', async ({
  host,
  workFolder,
}) => {
  test.setTimeout(300_000)
  const { page } = host
  const folder = join(workFolder, 'phone')
  await mkdir(folder)
  const file = (name: string) => join(folder, name)
  await writeFile(file('beach.jpg'), phoneJpeg(6))
  await writeFile(file('map.png'), placedPng())
  await writeFile(file('own.jpg'), phoneJpeg(1))
  await writeFile(file('new.heic'), Buffer.from('\0\0\0\x18ftypheic', 'latin1'))

  await page.getByRole('button', { name: /Try it here/ }).click()
  await window.createBucket(page, 'sibtc-assets', 'per-object')
  await page.getByRole('button', { name: 'New destination' }).click()
  await page.getByRole('menuitem', { name: 'Public media' }).click()
  const rules = page.getByRole('dialog', { name: 'New destination' })
  await rules.getByRole('checkbox', { name: 'Remove location from pictures' }).click()
  await rules.getByRole('button', { name: 'Create destination' }).click()
  await expect(rules).toBeHidden()

  const removed = page.getByText('Location and other metadata will be removed from pictures')
  await test.step('the overlay says where, how many, for whom, and what is removed; Alt flips it', async () => {
    await drag(host, [file('beach.jpg'), file('map.png')], 0, false)
    await expect(page.getByText('2 items → Public media')).toBeVisible()
    await expect(page.getByText('Public: anyone can read')).toBeVisible()
    await expect(removed).toBeVisible()
    await drag(host, [file('beach.jpg'), file('map.png')], alt, false)
    await expect(page.getByText('Private: not sent where anyone could read')).toBeVisible()
    await expect(removed).toBeHidden()
  })

  await test.step('what is public has no location, and the files are as they were', async () => {
    await drag(host, [file('beach.jpg'), file('map.png')], 0, true)
    await expect(page.getByText(/metadata were removed from 2 pictures/)).toBeVisible()
    const [beach = '', map = ''] = (await host.clipboard()).split('\n')
    expect(await fetched(beach)).toEqual(strippedPhoneJpeg(6))
    expect(await fetched(map)).toEqual(strippedPng())
    expect(await readFile(file('beach.jpg'))).toEqual(phoneJpeg(6))
  })

  const card = page.getByRole('region', { name: 'About to upload' })
  for (const scheme of ['light', 'dark'] as const) {
    await test.step(`what was let go is told with its bytes and names before it is sent, and can be cancelled (${scheme})`, async () => {
      await writeFile(file('team (1).jpg'), phoneJpeg(1))
      const letPass = await holdAnnouncing(host)
      await drag(host, [file('team (1).jpg'), file('map.png')], 0, true)
      const bytes = formatBytes(phoneJpeg(1).byteLength + placedPng().byteLength)
      await expect(card).toContainText(`2 files, ${bytes} → Public media`)
      await expect(card).toContainText('Public: anyone can read')
      await expect(card).toContainText('both are kept')
      await expect(card.getByRole('list', { name: 'Names that the files will have' })).toContainText('map')
      await window.onePicture(host, 'drop-announced', { width: 1280, height: 800, scheme })
      await page.keyboard.press('Escape')
      await expect(card).toBeHidden()
      expect(await letPass()).toBe(1)
    })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await test.step('and nothing of it was sent', async () => {
    await page.getByRole('button', { name: /^Transfers/ }).click()
    await expect(page.getByRole('grid', { name: 'Transfers' }).getByRole('row')).toHaveCount(1 + 2)
    await page.getByRole('button', { name: 'Public media' }).click()
  })

  await test.step('what is private is sent as it is', async () => {
    await drag(host, [file('own.jpg')], alt, true)
    await expect.poll(() => host.clipboard()).toContain('X-Amz-Signature')
    expect(await fetched(await host.clipboard())).toEqual(phoneJpeg(1))
  })

  const sheetOfOne = page.getByRole('dialog', { name: 'Upload 1 file' })
  await test.step('a picture that a web page drags as its bytes in its address is shown before it is sent', async () => {
    await dragAddress(host, `data:image/png;base64,${placedPng().toString('base64')}`, false)
    await expect(page.getByText('Picture from the web → Public media')).toBeVisible()
    await expect(page.getByText('Public: anyone can read')).toBeVisible()
    await dragAddress(host, `data:image/png;base64,${placedPng().toString('base64')}`, true)
    await expect(sheetOfOne).toContainText('picture')
    await expect(sheetOfOne.getByText(/will be removed from 1 picture/)).toBeVisible()
    await expectAccessible(host, 'fetched picture')
    await page.keyboard.press('Escape')
    await expect(sheetOfOne).toBeHidden()
  })

  await test.step('S29 S39 what is at an address is fetched neither from this computer nor when it is no picture', async () => {
    let asked = 0
    const local = createServer((_, response) => void response.end(placedPng(), () => (asked += 1)))
    await new Promise<void>((up) => local.listen(0, '127.0.0.1', up))
    try {
      const { port } = local.address() as AddressInfo
      await dragAddress(host, `http://127.0.0.1:${port}/map.png`, true)
      await expect(page.getByText('The picture was not fetched.').first()).toBeVisible()
      await expect(page.getByText(/is this computer or in a private network/).first()).toBeVisible()
      expect(asked).toBe(0)
    } finally {
      local.close()
    }
    await dragAddress(host, 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"/>', true)
    await expect(page.getByText(/no PNG, JPEG, GIF, WebP, BMP or AVIF/).first()).toBeVisible()
    await expect(sheetOfOne).toBeHidden()
  })

  await test.step('of what Pail cannot take apart it is asked before anything is sent', async () => {
    await drag(host, [file('new.heic'), file('beach.jpg')], 0, true)
    const sheet = page.getByRole('dialog', { name: 'Upload 2 files' })
    await expect(sheet.getByText('1 file may tell everybody where it was taken')).toBeVisible()
    await expect(sheet.getByText(/will be removed from 1 picture/)).toBeVisible()
    await expectAccessible(host, 'metadata stays')
    await sheet.getByRole('button', { name: 'Upload as private' }).click()
    await expect(sheet.getByText('may tell everybody')).toBeHidden()
    await sheet.getByRole('switch', { name: 'Private' }).click()
    await expect(sheet.getByText('may tell everybody')).toBeVisible()
    await sheet.getByRole('button', { name: 'Start upload' }).click()
    await expect(sheet).toBeHidden()
    await expect(page.getByText(/metadata were removed from 1 picture\./)).toBeVisible()
  })

  const grid = page.getByRole('grid', { name: 'Media' })
  await test.step('a replacement that would tell where it was taken is said to before it is sent', async () => {
    await host.answerFileDialog([file('new.heic')])
    await grid.getByRole('row').filter({ hasText: 'map' }).click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Replace…' }).click()
    const sheet = page.getByRole('dialog', { name: /^Replace map/ })
    await expect(sheet.getByText('1 file may tell everybody where it was taken')).toBeVisible()
    await expect(sheet.getByText('Pail cannot remove the metadata of a HEIC picture.')).toBeVisible()
    await window.picture(host, 'replace-metadata')
    await sheet.getByRole('button', { name: 'Upload as private' }).click()
    await expect(sheet.getByText('may tell everybody')).toBeHidden()
    await page.keyboard.press('Escape')
    await expect(sheet).toBeHidden()
  })

  const inspector = window.inspector(page)
  await test.step('all of them are copied as HTML with their sizes, and made private at once', async () => {
    await expect(grid.getByRole('row')).toHaveCount(1 + 5)
    await grid.getByRole('row').nth(1).click()
    await page.keyboard.press('Control+a')
    await expect(inspector.getByText('5 items selected')).toBeVisible()
    await expectAccessible(host, 'media selection')
    await grid.getByRole('row').nth(1).click({ button: 'right' })
    const before = await host.clipboard()
    await page.getByRole('menuitem', { name: 'Copy as HTML' }).click()
    // One of them is private: nobody can open its address, so it is not copied without a word.
    const dead = page.getByRole('dialog', { name: '1 of 5 links does not work' })
    await expect(dead.getByRole('list', { name: 'Links that do not work' }).getByRole('listitem')).toHaveText(
      [/own\.jpg.*Not everybody may read it/],
    )
    expect(await host.clipboard()).toBe(before)
    await expectAccessible(host, 'dead links')
    await dead.getByRole('button', { name: 'Copy the 4 that work' }).click()
    await expect
      .poll(() => host.clipboard())
      .toMatch(/<img src="[^"]+beach\.jpg" width="50" height="30" alt="beach">/)
    expect((await host.clipboard()).split('\n')).toHaveLength(4)
    expect(await host.clipboard()).not.toContain('own.jpg')
    for (const { kind, url } of host.handedOut.links())
      if (kind === 'public') host.handedOut.expectGone(url, 403)
    await inspector.getByRole('button', { name: 'Make private' }).click()
    await expect(grid.getByText('Private', { exact: true })).toHaveCount(5)
    // One of them was sent with its location, because it was private.
    await inspector.getByRole('button', { name: 'Make public…' }).click()
    await expect(page.getByText('Pictures become public as they are')).toBeVisible()
    await page.keyboard.press('Escape')
  })

  await test.step('at 900 px the inspector lies over no column, and long names show where they differ', async () => {
    const names = ['0417', '0418'].map(
      (number) => `team-photo-of-everybody-at-the-lake-in-summer-${number}.jpg`,
    )
    for (const name of names) await writeFile(file(name), phoneJpeg(1))
    await drag(host, names.map(file), 0, true)
    await expect(grid.getByRole('row')).toHaveCount(1 + 7)
    await window.resize(host, 900, 600)
    const edge = (await inspector.boundingBox())?.x ?? 0
    expect(edge).toBeGreaterThan(500)
    await expect
      .poll(async () => {
        const boxes = (await grid.getByRole('columnheader').all()).map((header) => header.boundingBox())
        return Math.max(...(await Promise.all(boxes)).map((box) => (box?.x ?? 0) + (box?.width ?? 0)))
      })
      .toBeLessThanOrEqual(edge)
    const room = (await grid.getByRole('columnheader').first().boundingBox())!
    for (const name of names) {
      // By its whole name for who listens, and by its end for who looks.
      const cell = grid.getByRole('gridcell', { name, exact: true })
      await expect(cell.getByTitle(name, { exact: true })).toBeVisible()
      const end = (await cell.getByText(/^ummer-041\d$/).boundingBox())!
      expect(end.width).toBeGreaterThan(40)
      expect(end.x + end.width).toBeLessThan(room.x + room.width)
    }
    await grid.getByRole('gridcell', { name: names[0]!, exact: true }).click()
    await window.picture(host, 'media-narrow')
  })

  await test.step('the transfers say what was done', async () => {
    await page
      .getByRole('navigation', { name: 'Places' })
      .getByRole('button', { name: /^Transfers/ })
      .click()
    const transfers = page.getByRole('grid', { name: 'Transfers' })
    await expect(transfers.getByText(/Metadata removed/)).toHaveCount(5)
    await expect(transfers.getByText(/Metadata kept/)).toHaveCount(1)
  })
  expect(host.complaints).toEqual([])
})
