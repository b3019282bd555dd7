import type { ServerResponse } from 'node:http'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import { refuse, startGate } from '../s3/gate.ts'
import type { Host } from './host.ts'
import { watchAnswers } from './answers.ts'
import * as profiles from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

/** Drops one file as private and goes on to where the names are compared. */
async function dropPrivate(host: Host, paths: readonly string[]): Promise<void> {
  await host.drop(paths)
  const sheet = host.page.getByRole('dialog', { name: /^Upload / })
  await sheet.getByRole('button', { name: 'Start upload' }).click()
  await expect(sheet).toBeHidden()
}

function transferRow(page: Page, name: string) {
  return page.getByRole('grid', { name: 'Transfers' }).getByRole('row').filter({ hasText: name })
}

async function showTransfers(page: Page): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Transfers/ })
    .click()
}

test('a name that is there already: keep both, skip or replace, and nothing unasked', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  await service.createBucket('website')
  const file = join(workFolder, 'report.txt')
  await profiles.connect(host, { name: 'Website', endpoint: service.endpoint })
  await window.openBucket(page, 'website')
  await writeFile(file, 'first')
  await dropPrivate(host, [file])
  await expect(window.row(page, 'report')).toHaveCount(1)

  const question = page.getByRole('dialog', { name: '1 name is there already' })
  const again = async (content: string, answer: string) => {
    await writeFile(file, content)
    await dropPrivate(host, [file])
    await expect(question.getByRole('list', { name: 'Names that exist' })).toContainText('report.txt')
    await question.getByRole('button', { name: answer }).click()
    await expect(question).toBeHidden()
  }

  await again('cancelled', 'Cancel')
  await again('skipped', 'Skip')
  await again('second', 'Keep both')
  await expect(window.row(page, 'report')).toHaveCount(2)
  const keys = await service.keys('website')
  expect(keys).toHaveLength(2)
  expect(keys).toContain('report.txt')
  const copy = keys.find((key) => key !== 'report.txt') ?? ''
  expect(copy).toMatch(/^report.*\.txt$/)
  expect(await service.get('website', 'report.txt')).toBe('first')
  expect(await service.get('website', copy)).toBe('second')

  await again('third', 'Replace')
  await expect.poll(() => service.get('website', 'report.txt')).toBe('third')
  expect(await service.keys('website')).toEqual(keys)
  expect(host.complaints).toEqual([])
})

test('F6 F20 a transfer is cancelled, retried, and one that fails leaves the others alone', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  await service.createBucket('website')
  const held: ServerResponse[] = []
  let mode: 'hold' | 'forbid' | 'pass' = 'hold'
  const gate = await startGate(service.endpoint, (request, response) => {
    if (request.method !== 'PUT' || !request.url?.startsWith('/website/')) return 'pass'
    if (mode === 'hold') {
      held.push(response)
      return 'answered'
    }
    return mode === 'forbid' && request.url.includes('forbidden')
      ? refuse(response, 403, 'AccessDenied', 'Access Denied')
      : 'pass'
  })
  try {
    await profiles.connect(host, { name: 'Website', endpoint: gate.endpoint })
    await window.openBucket(page, 'website')
    for (const name of ['slow.txt', 'one.txt', 'forbidden.txt', 'two.txt'])
      await writeFile(join(workFolder, name), name)

    await test.step('cancelled while the server says nothing', async () => {
      await dropPrivate(host, [join(workFolder, 'slow.txt')])
      await expect.poll(() => held.length).toBeGreaterThan(0)
      await showTransfers(page)
      const startedAt = Date.now()
      await transferRow(page, 'slow.txt').getByRole('button', { name: 'Cancel slow.txt' }).click()
      await expect(transferRow(page, 'slow.txt')).toContainText('Cancelled')
      expect(Date.now() - startedAt).toBeLessThan(3000)
      expect(await service.keys('website')).toEqual([])
    })

    await test.step('retried', async () => {
      mode = 'pass'
      await transferRow(page, 'slow.txt').getByRole('button', { name: 'Retry slow.txt' }).click()
      await expect(transferRow(page, 'slow.txt')).toContainText('Done')
      expect(await service.get('website', 'slow.txt')).toBe('slow.txt')
    })

    await test.step('one of three is refused; the other two arrive', async () => {
      mode = 'forbid'
      await window.openBucket(page, 'website')
      await dropPrivate(
        host,
        ['one.txt', 'forbidden.txt', 'two.txt'].map((name) => join(workFolder, name)),
      )
      await showTransfers(page)
      await expect(transferRow(page, 'forbidden.txt')).toContainText('Failed: Access denied.')
      await expect(transferRow(page, 'one.txt')).toContainText('Done')
      await expect(transferRow(page, 'two.txt')).toContainText('Done')
      await expect.poll(() => service.keys('website')).toEqual(['one.txt', 'slow.txt', 'two.txt'])
    })

    await test.step('and goes up once it may', async () => {
      mode = 'pass'
      await page.getByRole('button', { name: 'Retry failed' }).click()
      await expect(transferRow(page, 'forbidden.txt')).toContainText('Done')
      expect(await service.get('website', 'forbidden.txt')).toBe('forbidden.txt')
    })
    expect(host.complaints).toEqual([])
  } finally {
    for (const response of held) response.destroy()
    await gate.close()
  }
})

/** What a person takes for at once, in milliseconds. */
const atOnceMs = 100

/** A machine on which what is small takes so many times as long has other things to do. */
const busySlowness = 1.5

test('transfers that wait are put in another order, by one place or to the top', async ({
  host,
  service,
  workFolder,
}) => {
  const { page } = host
  await service.createBucket('website')
  const held: ServerResponse[] = []
  const gate = await startGate(service.endpoint, (request, response) => {
    if (request.method !== 'PUT' || !request.url?.startsWith('/website/')) return 'pass'
    held.push(response)
    return 'answered'
  })
  try {
    await profiles.connect(host, { name: 'Website', endpoint: gate.endpoint })
    await window.openBucket(page, 'website')
    const names = ['a.txt', 'b.txt', 'c.txt']
    for (const name of names) await writeFile(join(workFolder, name), name)
    await dropPrivate(
      host,
      names.map((name) => join(workFolder, name)),
    )
    await expect.poll(() => held.length).toBeGreaterThan(0)
    await showTransfers(page)
    await page.getByRole('button', { name: 'Pause all' }).click()
    const transfers = page.getByRole('grid', { name: 'Transfers' })
    await expect(transfers.getByText('Paused')).toHaveCount(3)
    const order = async () =>
      (await transfers.getByRole('row').allTextContents()).flatMap(
        (text) => /[abc](?=\.txt)/.exec(text)?.[0] ?? [],
      )
    const before = await order()
    const [first = '', second = '', third = ''] = before
    await transfers.getByRole('button', { name: `Move ${third}.txt up` }).click()
    await expect.poll(order).toEqual([first, third, second])
    await transfers.getByRole('button', { name: `Move ${first}.txt down` }).click()
    await expect.poll(order).toEqual([third, first, second])
    await window.picture(host, 'transfers-order')
    await transfers.getByRole('button', { name: `Move ${second}.txt to the top` }).click()
    await expect.poll(order).toEqual([second, third, first])
    expect(host.complaints).toEqual([])
  } finally {
    for (const response of held) response.destroy()
    await gate.close()
  }
})

test('2,000 files dropped at once all arrive, and the window goes on answering', async ({
  host,
  service,
  workFolder,
}) => {
  // On a busy machine it takes as much longer as everything there.
  test.setTimeout(300_000)
  const { page } = host
  const count = 2000
  const folder = join(workFolder, 'many')
  await mkdir(folder)
  const names = Array.from({ length: count }, (_, index) => `picture-${String(index).padStart(4, '0')}.txt`)
  await Promise.all(names.map((name) => writeFile(join(folder, name), `content of ${name}`)))
  await service.createBucket('many')
  await profiles.connect(host, { name: 'Many', endpoint: service.endpoint })
  await window.openBucket(page, 'many')

  const startedAt = Date.now()
  await host.drop(names.map((name) => join(folder, name)))
  // From here on: before it, Chromium itself makes 2,000 files of as many paths, on an empty page as well.
  const watch = await watchAnswers(host)
  const sheet = page.getByRole('dialog', { name: /^Upload / })
  await sheet.getByRole('button', { name: 'Start upload' }).click()
  await expect(sheet).toBeHidden()
  await showTransfers(page)
  const transfers = page.getByRole('grid', { name: 'Transfers' })
  await expect(transfers).toBeVisible()
  await transfers.focus()
  const finished = page.getByText('2,000 done')
  while (watch.presses() < 400 && !(await finished.isVisible())) {
    // Ctrl+I opens and closes the inspector: a whole pane of work.
    await watch.press('Control+i')
    await page.waitForTimeout(150)
  }
  await expect(finished).toBeVisible({ timeout: 120_000 })
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const { answers, longestTaskMs, tasks } = await watch.end()
  const longest = answers.toSorted((a, b) => b.tookMs - a.tookMs)[0]!
  const median = answers.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[Math.floor(answers.length / 2)]
  console.log(
    `${count} files in ${seconds} s; ${watch.presses()} keys answered in ${median} ms (median), ${longest.tookMs} ms (longest, the machine being ${longest.slowness.toFixed(1)} times as slow as idle then); longest of ${tasks} tasks of the window: ${longestTaskMs.toFixed(0)} ms of processor time`,
  )
  expect(watch.presses()).toBeGreaterThan(3)
  expect(tasks).toBeGreaterThan(100)
  // What the window has to do never takes longer, whatever else the machine does.
  expect(longestTaskMs, 'no task of the window keeps a key waiting').toBeLessThanOrEqual(atOnceMs)
  // And a key is answered at once. On a machine that is busy one of ten may be late.
  const late = answers.filter(({ tookMs, slowness }) => tookMs / slowness > atOnceMs)
  expect(late.length, JSON.stringify(late)).toBeLessThanOrEqual(answers.length / 10)
  for (const answer of late) expect(answer.slowness, JSON.stringify(answer)).toBeGreaterThan(busySlowness)
  // However busy the machine is, what the application itself does meanwhile is at once.
  for (const answer of answers) expect(answer.ownMs, JSON.stringify(answer)).toBeLessThanOrEqual(atOnceMs)

  expect(await service.keys('many')).toEqual(names)
  expect(await service.get('many', names.at(-1)!)).toBe(`content of ${names.at(-1)}`)
  await window.openBucket(page, 'many')
  await expect(page.getByText(/2,000 items|1,000 items so far/)).toBeVisible()
  expect(host.complaints).toEqual([])
})
