import { expect } from 'playwright/test'
import { linksIn } from '../links/link-proof.ts'
import { lookAt } from './accessible.ts'
import { connect } from './profile-steps.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'website'

test('of several links one is dead: it is named, and only those that work are copied, or none', async ({
  host,
  service,
}) => {
  const { page } = host
  await service.createBucket(bucket)
  for (const name of ['menu', 'prices', 'opening hours']) await service.put(bucket, `${name}.txt`, name)
  await connect(host, { name: 'Website', endpoint: service.endpoint })
  await window.openBucket(page, bucket)
  await expect(window.row(page, 'opening hours')).toBeVisible()
  // Somebody else deletes one while the list is shown.
  await service.remove(bucket, 'prices.txt')
  await window.selectObject(page, 'menu')
  for (const name of ['prices', 'opening hours'])
    await window.row(page, name).click({ modifiers: ['Control'] })
  const copyLinks = window.inspector(page).getByRole('button', { name: 'Copy links' })
  const dialog = page.getByRole('dialog', { name: '1 of 3 links does not work' })
  const dead = dialog.getByRole('list', { name: 'Links that do not work' }).getByRole('listitem')

  await test.step('it is named, and cancelling copies nothing', async () => {
    await copyLinks.click()
    await expect(dead).toHaveCount(1)
    await expect(dead).toContainText('prices.txt')
    await expect(dead).toContainText('The object does not exist')
    await lookAt(host, '69-dead-link')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect(dialog).toBeHidden()
    expect(host.handedOut.texts('clipboard')).toEqual([])
  })

  await test.step('and the others are copied without it', async () => {
    await copyLinks.click()
    await dialog.getByRole('button', { name: 'Copy the 2 that work' }).click()
    await expect(dialog).toBeHidden()
    await expect.poll(() => host.handedOut.texts('clipboard')).toHaveLength(1)
    const copied = linksIn(host.handedOut.texts('clipboard')[0]!)
    const content = copied.map(async (link) => (await fetch(link)).text())
    expect((await Promise.all(content)).toSorted()).toEqual(['menu', 'opening hours'])
    expect(await host.clipboard()).not.toContain('prices')
  })
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
