import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'playwright/test'
import type { Host } from './host.ts'
import { test } from './host.ts'
import * as profiles from './profile-steps.ts'
import { startService } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'website'
/** Keys as people make them; each object has its key for content. */
const keys = ['in/a b+c.txt', 'in/100%25 #1.txt', 'in/caf\u0301e.txt', 'in/tent 🎪.txt']

/** From now on every text that reaches the clipboard or a mail program is kept. */
async function keepWhatIsHandedOut(host: Host): Promise<() => Promise<string[]>> {
  await host.electron!.evaluate(({ clipboard, shell }) => {
    const texts: string[] = []
    Object.assign(globalThis, { pailHandedOut: texts })
    const write = clipboard.writeText.bind(clipboard)
    clipboard.writeText = (text) => {
      texts.push(text)
      return write(text)
    }
    shell.openExternal = async (url) => void texts.push(new URL(url).searchParams.get('body') ?? '')
  })
  return () =>
    host.electron!.evaluate(() => (globalThis as unknown as { pailHandedOut: string[] }).pailHandedOut)
}

/** The key that a link is about, and when it ends; null for a plain URL. */
function read(link: string): { key: string; endsAt: number | null; isUpload: boolean } {
  const { pathname, searchParams } = new URL(link)
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? []
  const lifeMs = Number(searchParams.get('X-Amz-Expires')) * 1000
  return {
    key: decodeURIComponent(pathname.slice(`/${bucket}/`.length)),
    endsAt:
      year === undefined ? null : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + lifeMs,
    isUpload: searchParams.get('X-Amz-SignedHeaders')?.includes('content-type') ?? false,
  }
}

test('every link that is handed out leads to its bytes, dies on time, and is of no use when changed', async ({
  host,
  workFolder,
}) => {
  // Some hundred requests, one after the other.
  test.slow()
  const { page } = host
  let aheadMs = 0
  const service = await startService(join(workFolder, 'service'), () => new Date(Date.now() + aheadMs))
  await service.createBucket(bucket, 'per-object')
  for (const key of keys) await service.put(bucket, key, key)
  const content = new Map(keys.map((key) => [key, key]))
  const file = async (name: string) => {
    content.set(`in/${name}`, `in/${name}`)
    await writeFile(join(workFolder, name), `in/${name}`)
    return join(workFolder, name)
  }
  await profiles.connect(host, { name: 'Website', endpoint: service.endpoint })
  const handedOut = await keepWhatIsHandedOut(host)
  const count = async () => (await handedOut()).length
  const isHandedOut = async (act: () => Promise<unknown>) => {
    const before = await count()
    await act()
    await expect.poll(count).toBeGreaterThan(before)
  }
  await window.openBucket(page, bucket)
  await window.row(page, 'in').dblclick()
  const inspector = window.inspector(page)

  await isHandedOut(async () => window.dropAndUpload(host, [await file('offer (1).txt')], 'private'))
  await isHandedOut(async () => window.dropAndUpload(host, [await file('menu & more.txt')], 'public'))
  for (const name of ['a b+c', '100%25', 'caf', 'tent'])
    await isHandedOut(() => window.copyLink(page, name, name === 'tent' ? '1 day' : '5 minutes'))
  await window.selectObject(page, 'menu & more')
  await isHandedOut(() => inspector.getByRole('button', { name: 'Copy URL' }).click())
  await isHandedOut(() => page.keyboard.press('Control+l'))
  await window.selectObject(page, 'a b+c')
  await window.row(page, 'tent').click({ modifiers: ['Control'] })
  await isHandedOut(() => inspector.getByRole('button', { name: 'Copy links' }).click())
  await window.selectObject(page, 'a b+c')
  await inspector.getByRole('button', { name: 'Share link…' }).click()
  const share = page.getByRole('dialog', { name: 'Share a b+c.txt' })
  await isHandedOut(() => share.getByRole('button', { name: 'Copy link' }).click())
  await isHandedOut(() => share.getByRole('button', { name: 'Send by mail…' }).click())
  await share.getByRole('button', { name: 'Close' }).last().click()
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Request an upload…' }).click()
  await page.getByLabel('File name').fill('sent by them.txt')
  await page.getByRole('button', { name: 'Make link' }).click()
  const made = page.getByRole('dialog', { name: 'The upload link is made' })
  await isHandedOut(() => made.getByRole('button', { name: 'Copy link' }).click())
  await isHandedOut(() => made.getByRole('button', { name: 'Copy curl command' }).click())
  await made.getByRole('button', { name: 'Done' }).click()

  const links = (await handedOut()).flatMap((text) => text.match(/https?:\/\/[^\s"'<>]+/g) ?? [])
  const found = { plain: 0, signed: 0, uploads: 0 }
  for (const link of links) {
    const { key, endsAt, isUpload } = read(link)
    const ask = (url: string, type = 'text/plain; charset=utf-8') =>
      isUpload
        ? fetch(url, {
            method: 'PUT',
            body: 'theirs',
            headers: { 'content-type': type, 'if-none-match': '*' },
          })
        : fetch(url)
    const answered = async (url: string, type?: string) => {
      const answer = await ask(url, type)
      return [answer.status, await answer.text()] as const
    }
    if (endsAt === null) {
      found.plain++
      expect([link, ...(await answered(link))]).toEqual([link, 200, content.get(key)])
      continue
    }
    found[isUpload ? 'uploads' : 'signed']++
    // Until the second before, and not from the one after.
    aheadMs = endsAt - 1500 - Date.now()
    if (isUpload) {
      expect([key, (await answered(link, 'text/html'))[0]]).toEqual([key, 403])
      expect([200, 412]).toContain((await answered(link))[0])
      aheadMs = 0
      expect(await service.get(bucket, key)).toBe('theirs')
      aheadMs = endsAt - 1500 - Date.now()
    } else expect([key, ...(await answered(link))]).toEqual([key, 200, content.get(key)])
    for (const changed of [
      link.replace(/X-Amz-Expires=(\d)/, 'X-Amz-Expires=1$1'),
      link.replace(
        /X-Amz-Signature=(.)/,
        (_, first: string) => `X-Amz-Signature=${first === '0' ? '1' : '0'}`,
      ),
      link.replace(/\/in\/[^?]+/, '/in/other.txt'),
      // What everybody can read needs no signature.
      ...(key === 'in/menu & more.txt' ? [] : [link.slice(0, link.indexOf('?'))]),
    ])
      expect([changed, (await answered(changed))[0]]).toEqual([changed, 403])
    aheadMs = endsAt + 1000 - Date.now()
    expect([key, (await answered(link))[0]]).toEqual([key, 403])
    aheadMs = 0
  }
  expect(found).toEqual({ plain: 2, signed: 10, uploads: 2 })
  await service.close()
  expect(host.complaints).toEqual([])
})
