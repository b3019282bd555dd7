import type { ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from 'playwright/test'
import { refuse, startGate } from '../s3/gate.ts'
import type { Host } from './host.ts'
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
      await window.showTransfers(page)
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
      await window.showTransfers(page)
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
    await window.showTransfers(page)
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
