import { expect, test, vi } from 'vitest'
import { toasts } from '../../../src-renderer/components/toast-region.tsx'
import { createLinkCommands } from '../../../src-renderer/panes/link-commands.ts'
import { createStores } from '../../../src-renderer/stores/create-stores.ts'
import { emptyMemory, memoryApi } from '../memory-api.ts'
import { mediaDestination } from '../sample-destination.ts'

test('a new link after a revocation ends as the destination says in which the object is now', async () => {
  const memory = emptyMemory()
  const destination = mediaDestination({
    prefix: 'contracts/',
    visibility: 'private',
    linkExpirySeconds: 600,
  })
  const { profileId, bucket } = destination
  memory.destinations = [destination]
  memory.objects.set(bucket, [{ key: 'media/a', sizeBytes: 1, lastModified: '', visibility: 'private' }])
  const stores = createStores(memoryApi(memory))
  await stores.destinations.getState().load()
  const actions: (() => void)[] = []
  const add = vi.spyOn(toasts, 'add').mockImplementation((toast) => {
    actions.push(() => (toast.actionProps as { onClick?: () => void } | undefined)?.onClick?.())
    return 't'
  })
  try {
    const commands = createLinkCommands({
      stores,
      fail: () => false,
      refresh: async () => undefined,
      refs: () => [],
    })
    const target = { profileId, bucket, key: 'media/a' }
    const planned = await stores.objects.planRevocation(target)
    if (!planned.ok) throw new Error(planned.error.message)
    expect(await commands.revokeLinks(target, planned.value, 'contracts/a', false)).toBeNull()
    actions.at(-1)?.()
    const copied = () => memory.calls.find(({ method }) => method === 'copyLinks')?.input
    await expect.poll(copied).toMatchObject({ expiresInSeconds: 600 })
  } finally {
    add.mockRestore()
  }
})
