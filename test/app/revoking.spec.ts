import { expect } from 'playwright/test'
import { lookAt } from './accessible.ts'
import { connect } from './profile-steps.ts'
import { startGate } from '../s3/gate.ts'
import { test } from './service.ts'
import * as window from './window-steps.ts'

const bucket = 'sibtc-assets'

test('a move that takes long can be cancelled, and one that is refused leaves no copy', async ({
  host,
  service,
}) => {
  const { page } = host
  await service.createBucket(bucket)
  await service.put(bucket, 'film of the summer.mp4', Buffer.alloc(3_000_000))
  const gate = await startGate(service.endpoint)
  await connect(host, { name: 'Agency', endpoint: gate.endpoint })
  await window.openBucket(page, bucket)
  await window.copyLink(page, 'film of the summer.mp4', '5 minutes')
  // It is tried before it is copied.
  await expect.poll(() => host.clipboard()).toContain('film%20of%20the%20summer.mp4')
  const link = await host.clipboard()
  await page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: /^Links/ })
    .click()
  await page.getByRole('row').filter({ hasText: 'film of the summer' }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'End all links to it…' }).click()
  const dialog = page.getByRole('dialog', { name: /^End all links to film/ })
  const move = dialog.getByRole('button', { name: 'Move and end links' })

  await test.step('while the service copies it is told, and closing is cancelling', async () => {
    // A copy that the service takes its time for.
    gate.rule = ({ headers }) => (headers['x-amz-copy-source'] === undefined ? 'pass' : 'answered')
    await move.click()
    await expect(dialog.getByText(/The service copies 3(\.0)? MB to the new key/)).toBeVisible()
    await expect(dialog.getByRole('progressbar', { name: 'Moving the object' })).toBeVisible()
    await lookAt(host, '64-moving')
    await page.keyboard.press('Escape')
    await expect(dialog.getByText(/The object is where it was/)).toBeVisible()
    await lookAt(host, '65-move-cancelled')
    expect(await service.keys(bucket)).toEqual(['film of the summer.mp4'])
    expect((await fetch(link)).status).toBe(200)
  })

  await test.step('keys that may not delete it leave it as it was', async () => {
    gate.rule = ({ method, url = '' }, response) => {
      if (method !== 'DELETE' || !url.startsWith(`/${bucket}/film%20of%20the%20summer.mp4`)) return 'pass'
      response.writeHead(403, { 'Content-Type': 'application/xml' })
      response.end('<Error><Code>AccessDenied</Code><Message>No.</Message></Error>')
      return 'answered'
    }
    await move.click()
    await expect(dialog.getByText(/its copy was taken back/)).toBeVisible()
    await lookAt(host, '66-move-refused')
    expect(await service.keys(bucket)).toEqual(['film of the summer.mp4'])
  })

  await test.step('and then it is moved', async () => {
    gate.rule = () => 'pass'
    host.handedOut.expectGone(link, 404)
    await move.click()
    await expect(page.getByText('A link to the old key is refused now (404).')).toBeVisible()
    expect((await fetch(link)).status).toBe(404)
  })
  await gate.close()
  expect(host.complaints.filter((complaint) => !/axe/i.test(complaint))).toEqual([])
})
